// More handlers of cases, by file, beside those of handlers.h: what hangs on them, sub-tasks, units.
#pragma once
#include "api/call.h"

namespace linli::api {

void take_in_children(Call);  // case_children.cpp
void tell_children(Call);
void move_case(Call);
void list_case_colleagues(Call);
void export_cases(Call);  // case_export.cpp
void send_task(Call);     // tasks.cpp
void act_on_task(Call);
void renew_task_link(Call);
void revoke_task_link(Call);
void get_public_task(Call);  // public_tasks.cpp
void act_on_public_task(Call);
void get_public_task_picture(Call);
void list_units(Call);  // units.cpp
void add_unit(Call);
void change_unit(Call);

}  // namespace linli::api
