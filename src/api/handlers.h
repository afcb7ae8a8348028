// All handlers, by file. The routes that lead to them stand in routes.cpp.
#pragma once
#include "api/call.h"

namespace linli::api {

void health(Call);  // health.cpp
void ready(Call);
void metrics(Call);
void get_overview(Call);  // overview.cpp
void get_taxonomy(Call);
void get_session(Call);  // session.cpp
void sign_in(Call);
void sign_in_by_link(Call);
void sign_out(Call);
void set_password(Call);
void get_ways(Call);  // sign_on.cpp
void begin_sign_on(Call);
void end_sign_on(Call);
void get_second_factor(Call);  // second_factor.cpp
void give_second_factor(Call);
void set_up_second_factor(Call);
void confirm_second_factor(Call);
void renew_recovery_codes(Call);
void turn_off_second_factor(Call);
void reset_second_factor(Call);
void list_sessions(Call);  // sessions.cpp
void end_session(Call);
void make_user_link(Call);
void list_api_keys(Call);  // api_keys.cpp
void add_api_key(Call);
void revoke_api_key(Call);
void list_audit(Call);  // audit.cpp
void export_audit(Call);
void list_users(Call);  // users.cpp
void get_user(Call);
void add_user(Call);
void change_user(Call);
void give_role(Call);
void end_role(Call);
void list_channels(Call);  // channels.cpp
void add_channel(Call);
void post_messages(Call);  // messages.cpp
void list_groups(Call);    // groups.cpp
void admit_group(Call);
void refuse_group(Call);
void list_grids(Call);  // grids.cpp
void get_grid(Call);
void put_grid(Call);
void import_grids(Call);
void export_grids(Call);
void list_leads(Call);  // leads.cpp
void get_lead(Call);
void get_lead_context(Call);
void confirm_lead(Call);
void dismiss_lead(Call);
void reopen_lead(Call);
void get_attachment(Call);  // attachments.cpp
void open_stream(Call);     // stream_route.cpp
void get_demo(Call);        // demo.cpp
void set_demo(Call);

}  // namespace linli::api
