// What staff may do. A person holds roles over subtrees of grids (people/holding.h); each role brings rights. This table is
// the only place that says which; SQL and C++ both read it, `linli routes --roles` prints what follows from it.
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace linli {

enum class StaffRole : std::uint8_t {
  administrator,  // 管理员: everything
  agent,          // 后台客服
  shift_leader,   // 值班长
  grid_head,      // 网格长
  officer,        // 专职网格员
  volunteer,      // 微网格员: sees no names, no numbers, no history
  support,        // 运营支持: groups, word lists, knowledge
  secretary,      // 社区书记
  manager,        // 街道、区负责人
  department,     // 部门
  trainer,        // 培训师
  auditor,        // 审计员: the log, nothing else
  integrator,     // 对接方: by API key only
};
inline constexpr std::size_t kStaffRoles = 13;
std::string_view name(StaffRole role);  // "shift_leader"
std::optional<StaffRole> parse_staff_role(std::string_view text);

// The roles that have a right, with a blank at both ends: SQL compares with them (people/actor.h).
#define LINLI_ALL_STAFF \
  " administrator agent shift_leader grid_head officer volunteer support secretary manager department trainer "
#define LINLI_ROLES_console LINLI_ALL_STAFF "auditor "
#define LINLI_ROLES_leads_read \
  " administrator agent shift_leader grid_head officer volunteer support secretary manager integrator "
#define LINLI_ROLES_leads_decide " administrator agent shift_leader grid_head officer secretary "
#define LINLI_ROLES_names_read " administrator agent shift_leader grid_head officer secretary "
#define LINLI_ROLES_names_reveal " support manager "
#define LINLI_ROLES_history_read " administrator agent shift_leader grid_head officer support secretary manager "
#define LINLI_ROLES_replies_send " administrator agent shift_leader grid_head officer secretary "
#define LINLI_ROLES_cases_read \
  " administrator agent shift_leader grid_head officer support secretary manager department "
#define LINLI_ROLES_cases_work " administrator agent shift_leader grid_head officer secretary department "
#define LINLI_ROLES_cases_supervise " administrator shift_leader grid_head secretary manager "
#define LINLI_ROLES_cases_hidden " administrator "
#define LINLI_ROLES_knowledge_read LINLI_ALL_STAFF
#define LINLI_ROLES_knowledge_change " administrator support secretary "
#define LINLI_ROLES_assist_change " administrator "
#define LINLI_ROLES_groups_read \
  " administrator agent shift_leader grid_head officer support secretary manager integrator "
#define LINLI_ROLES_groups_change " administrator support "
#define LINLI_ROLES_groups_admit " administrator "
#define LINLI_ROLES_messages_import " administrator agent shift_leader grid_head officer support secretary "
#define LINLI_ROLES_channels_read " administrator support integrator "
#define LINLI_ROLES_channels_change " administrator "
#define LINLI_ROLES_grids_read LINLI_ALL_STAFF "integrator "
#define LINLI_ROLES_grids_change " administrator "
#define LINLI_ROLES_people_read " administrator shift_leader grid_head support secretary manager "
#define LINLI_ROLES_people_change " administrator secretary manager "
#define LINLI_ROLES_roster_read LINLI_ALL_STAFF
#define LINLI_ROLES_roster_change " administrator shift_leader grid_head secretary "
#define LINLI_ROLES_routing_change " administrator support secretary "
#define LINLI_ROLES_audit_read " administrator auditor "
#define LINLI_ROLES_keys_change " administrator "
#define LINLI_ROLES_privacy_change " administrator "

#define LINLI_RIGHTS(X)                                                                                  \
  X(console, "console")                   /* sign in and look at one's own account */                    \
  X(leads_read, "leads.read")             /* leads and their messages */                                 \
  X(leads_decide, "leads.decide")         /* confirm, dismiss, correct */                                \
  X(names_read, "names.read")             /* residents' names and numbers as they are */                 \
  X(names_reveal, "names.reveal")         /* the same one at a time, with a reason that the log keeps */ \
  X(history_read, "history.read")         /* what happened to a lead, the talk around it */              \
  X(replies_send, "replies.send")         /* words to residents */                                       \
  X(cases_read, "cases.read")             /**/                                                           \
  X(cases_work, "cases.work")             /* accept, do, return, report done */                          \
  X(cases_supervise, "cases.supervise")   /* urge, supervise, take from one and give to another */       \
  X(cases_hidden, "cases.hidden")         /* confidential cases, whoever they are with */                \
  X(knowledge_read, "knowledge.read")     /**/                                                           \
  X(knowledge_change, "knowledge.change") /**/                                                           \
  X(assist_change, "assist.change")       /* which model server is asked, and with what */               \
  X(groups_read, "groups.read")           /* chat groups and whether they are heard */                   \
  X(groups_change, "groups.change")       /* members' roles */                                           \
  X(groups_admit, "groups.admit")         /* whether a group is read at all */                           \
  X(messages_import, "messages.import")   /* bring a group's talk in by file or paste */                 \
  X(channels_read, "channels.read")       /**/                                                           \
  X(channels_change, "channels.change")   /**/                                                           \
  X(grids_read, "grids.read")             /**/                                                           \
  X(grids_change, "grids.change")         /**/                                                           \
  X(people_read, "people.read")           /* colleagues, their roles */                                  \
  X(people_change, "people.change")       /* give and take roles, within one's own rights */             \
  X(roster_read, "roster.read")           /* who is on duty */                                           \
  X(roster_change, "roster.change")       /**/                                                           \
  X(routing_change, "routing.change")     /* to whom leads of a category go */                           \
  X(audit_read, "audit.read")             /**/                                                           \
  X(keys_change, "keys.change")           /* API keys */                                                 \
  X(privacy_change, "privacy.change")     /* erase a person, retention */

enum class Right : std::uint8_t {
#define LINLI_ONE(id, text) id,
  LINLI_RIGHTS(LINLI_ONE)
#undef LINLI_ONE
};
#define LINLI_ONE(id, text) +1
inline constexpr std::size_t kRights = 0 LINLI_RIGHTS(LINLI_ONE);
#undef LINLI_ONE
std::string_view name(Right right);  // "leads.read"
std::optional<Right> parse_right(std::string_view text);

using Rights = std::bitset<kRights>;
inline bool has(const Rights& rights, Right right) { return rights[static_cast<std::size_t>(right)]; }
const Rights& rights_of(StaffRole role);

}  // namespace linli
