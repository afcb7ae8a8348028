// What the words of a chat window mean, whatever file they stand in. Pure.
#pragma once
#include <string>
#include <string_view>

#include "channels/chatlog/export.h"

namespace linli::export_words {

std::string_view trimmed(std::string_view text);  // blanks of any kind and line ends, at both ends

// "张三"撤回了一条消息, … 加入了群聊, … 修改群名为 …, … 拍了拍 …: nobody's words.
bool is_system(std::string_view line);

// [图片], [语音] 5", [文件] 名称, ![图片](http://…): what stands for something else than text.
MessageType marked_type(std::string_view text);

// Takes a quote off the text: 「张三：…」 and a line of dashes; 这是一条引用/回复消息："…"; lines that begin with "> ".
void take_quote(ExportedMessage& message);

// Type and text of a row of a database: numbers (1, 3, 34, 49 with its sub type …) or words (文本, 图片 …); text may be XML or JSON.
// A sender that stands before the text ("wxid_abc:\n…") goes to its place.
void apply_type(ExportedMessage& message, std::string_view type, std::string_view sub_type);

// Text between <tag> and </tag>, entities and CDATA undone; empty: there is none.
std::string xml_text(std::string_view xml, std::string_view tag);
std::string unescaped(std::string_view html);

}  // namespace linli::export_words
