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
void list_users(Call);  // users.cpp
void get_user(Call);
void add_user(Call);
void change_user(Call);
void give_role(Call);
void end_role(Call);
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
void list_channels(Call);  // channels.cpp
void add_channel(Call);
void change_channel(Call);
void post_messages(Call);  // messages.cpp
void list_imports(Call);   // imports.cpp
void open_import(Call);
void get_import(Call);
void put_import_piece(Call);
void look_at_import(Call);
void start_import(Call);
void cancel_import(Call);
void preview_paste(Call);
void paste_messages(Call);
void list_groups(Call);  // groups.cpp
void add_group(Call);
void admit_group(Call);
void refuse_group(Call);
void list_member_rules(Call);  // member_rules.cpp
void add_member_rule(Call);
void remove_member_rule(Call);
void list_grids(Call);  // grids.cpp
void get_grid(Call);
void put_grid(Call);
void import_grids(Call);
void export_grids(Call);
void get_calendar(Call);  // calendar.cpp
void change_calendar(Call);
void import_calendar(Call);
void get_roster(Call);  // roster.cpp
void list_gaps(Call);
void get_duty_now(Call);
void add_shift(Call);
void change_shift(Call);
void remove_shift(Call);
void add_pattern(Call);
void end_pattern(Call);
void add_absence(Call);
void end_absence(Call);
void list_swaps(Call);  // swaps.cpp
void ask_swap(Call);
void accept_swap(Call);
void decline_swap(Call);
void cancel_swap(Call);
void explain_routing(Call);  // routing.cpp
void list_rules(Call);
void put_rule(Call);
void remove_rule(Call);
void list_corrections(Call);
void forget_correction(Call);
void list_knowledge(Call);  // knowledge.cpp
void get_knowledge(Call);
void add_knowledge(Call);
void change_knowledge(Call);
void withdraw_knowledge(Call);
void search_knowledge(Call);
void import_knowledge(Call);
void export_knowledge(Call);
void list_knowledge_gaps(Call);
void dismiss_knowledge_gap(Call);
void search(Call);      // search.cpp
void list_leads(Call);  // leads.cpp
void get_lead(Call);
void get_lead_context(Call);
void edit_lead(Call);  // corrections.cpp
void merge_lead(Call);
void unmerge_lead(Call);
void split_lead(Call);
void move_lead_message(Call);
void list_similar_leads(Call);
void decide_leads(Call);
void undo_lead_batch(Call);
void confirm_lead(Call);
void dismiss_lead(Call);
void reopen_lead(Call);
void reveal_lead(Call);
void claim_lead(Call);  // replies.cpp
void leave_lead(Call);
void send_reply(Call);
void take_reply_back(Call);
void get_draft(Call);
void draft_by_model(Call);
void polish_words(Call);
void get_canned_replies(Call);
void set_canned_replies(Call);
void list_outgoing(Call);
void step_outgoing(Call);
void list_breaches(Call);  // promise.cpp
void set_breach_note(Call);
void get_forecast(Call);
void get_my_views(Call);
void set_my_views(Call);
void get_promise_hours(Call);
void set_promise_hours(Call);
void list_notifications(Call);  // notify.cpp
void acknowledge_notification(Call);
void read_notifications(Call);
void list_deliveries(Call);
void get_my_notify(Call);  // notify_ways.cpp
void set_my_notify(Call);
void get_my_push(Call);
void add_my_push(Call);
void remove_my_push(Call);
void test_my_way(Call);
void get_my_test(Call);
void get_notify_ways(Call);
void set_notify_ways(Call);
void test_notify_way(Call);
void list_webhooks(Call);  // webhooks.cpp
void add_webhook(Call);
void get_webhook(Call);
void set_webhook(Call);
void remove_webhook(Call);
void renew_webhook_secret(Call);
void test_webhook(Call);
void list_webhook_deliveries(Call);
void resend_webhook_deliveries(Call);
void get_notice(Call);  // privacy.cpp
void get_retention(Call);
void set_retention(Call);
void erase_resident(Call);
void get_privacy_report(Call);
void set_lead_grid(Call);
void get_model_server(Call);  // assist.cpp
void set_model_server(Call);
void test_model_server(Call);
void get_model_usage(Call);
void get_lead_proposal(Call);
void get_ai_mark(Call);
void set_ai_mark(Call);
void get_companion_rules(Call);  // companion.cpp
void set_companion_rules(Call);
void list_companion_answers(Call);
void judge_companion_answer(Call);
void dispatch_lead(Call);  // cases.cpp
void take_dispatch_back(Call);
void list_cases(Call);
void file_case(Call);
void get_case_board(Call);
void get_case_policy(Call);
void set_case_policy(Call);
void get_case(Call);
void act_on_case(Call);
void add_file(Call);  // files.cpp
void get_file(Call);
void add_public_file(Call);
void get_public_file(Call);
void get_public_office(Call);  // residents.cpp
void get_public_case(Call);
void add_public_note(Call);
void rate_public_case(Call);
void reopen_public_case(Call);
void find_public_case(Call);
void make_case_link(Call);
void revoke_case_links(Call);
void add_public_report(Call);  // reports.cpp
void find_similar_reports(Call);
void follow_public_report(Call);
void get_public_report(Call);
void get_resident_policy(Call);  // resident_policy.cpp
void set_resident_policy(Call);
void get_attachment(Call);  // attachments.cpp
void open_stream(Call);     // stream_route.cpp
void get_demo(Call);        // demo.cpp
void set_demo(Call);

}  // namespace linli::api
