#include "api/handlers.h"
#include "api/router.h"

namespace linli::api {

std::span<const Route> routes() {
  constexpr std::size_t none = 1u << 10, small = 64u << 10, large = 512u << 10, file = 32u << 20;
  constexpr std::size_t batch = (4u << 20) + 1;  // one more than the parser takes: it has the better words
  constexpr std::optional<Right> signed_in{};
  static const Route all[] = {
      {Method::get, "/healthz", Caller::anyone, {}, none, health},
      {Method::get, "/readyz", Caller::anyone, {}, none, ready},
      {Method::get, "/metrics", Caller::local, {}, none, metrics},
      {Method::get, "/api/v1/session", Caller::session, signed_in, none, get_session},
      {Method::post, "/api/v1/session", Caller::anyone, {}, small, sign_in},
      {Method::del, "/api/v1/session", Caller::session, signed_in, none, sign_out},
      {Method::post, "/api/v1/session/link", Caller::anyone, {}, small, sign_in_by_link},
      {Method::put, "/api/v1/session/password", Caller::session, signed_in, small, set_password},
      {Method::get, "/api/v1/overview", Caller::session, signed_in, none, get_overview},
      {Method::get, "/api/v1/taxonomy", Caller::session, signed_in, none, get_taxonomy},
      {Method::get, "/api/v1/channels", Caller::session, Right::channels_read, none, list_channels},
      {Method::post, "/api/v1/channels", Caller::session, Right::channels_change, small, add_channel},
      {Method::post, "/api/v1/channels/{channel}/messages", Caller::channel, {}, batch, post_messages},
      {Method::get, "/api/v1/groups", Caller::session, Right::groups_read, none, list_groups},
      {Method::post, "/api/v1/groups/{group}/admit", Caller::session, Right::groups_admit, large, admit_group},
      {Method::post, "/api/v1/groups/{group}/refuse", Caller::session, Right::groups_admit, small, refuse_group},
      {Method::get, "/api/v1/grids", Caller::session, Right::grids_read, none, list_grids},
      {Method::put, "/api/v1/grids", Caller::session, Right::grids_change, large, put_grid},
      {Method::get, "/api/v1/grids/export", Caller::session, Right::grids_change, none, export_grids},
      {Method::post, "/api/v1/grids/import", Caller::session, Right::grids_change, file, import_grids},
      {Method::get, "/api/v1/grids/{grid}", Caller::session, Right::grids_read, none, get_grid},
      {Method::get, "/api/v1/users", Caller::session, Right::people_read, none, list_users},
      {Method::post, "/api/v1/users", Caller::session, Right::people_change, small, add_user},
      {Method::get, "/api/v1/users/{user}", Caller::session, signed_in, none, get_user},
      {Method::put, "/api/v1/users/{user}", Caller::session, Right::people_change, small, change_user},
      {Method::post, "/api/v1/users/{user}/roles", Caller::session, Right::people_change, small, give_role},
      {Method::del, "/api/v1/users/{user}/roles/{role}", Caller::session, Right::people_change, none, end_role},
      {Method::get, "/api/v1/calendar", Caller::session, Right::roster_read, none, get_calendar},
      {Method::put, "/api/v1/calendar", Caller::session, Right::roster_change, large, change_calendar},
      {Method::post, "/api/v1/calendar/import", Caller::session, Right::roster_change, large, import_calendar},
      {Method::get, "/api/v1/duty/now", Caller::session, Right::roster_read, none, get_duty_now},
      {Method::get, "/api/v1/roster", Caller::session, Right::roster_read, none, get_roster},
      {Method::get, "/api/v1/roster/gaps", Caller::session, Right::roster_read, none, list_gaps},
      {Method::post, "/api/v1/roster/shifts", Caller::session, Right::roster_change, small, add_shift},
      {Method::put, "/api/v1/roster/shifts/{shift}", Caller::session, Right::roster_change, small, change_shift},
      {Method::del, "/api/v1/roster/shifts/{shift}", Caller::session, Right::roster_change, none, remove_shift},
      {Method::post, "/api/v1/roster/shifts/{shift}/swap", Caller::session, Right::roster_read, small, ask_swap},
      {Method::post, "/api/v1/roster/patterns", Caller::session, Right::roster_change, small, add_pattern},
      {Method::put, "/api/v1/roster/patterns/{pattern}", Caller::session, Right::roster_change, small, change_pattern},
      {Method::del, "/api/v1/roster/patterns/{pattern}", Caller::session, Right::roster_change, none, end_pattern},
      {Method::get, "/api/v1/roster/swaps", Caller::session, Right::roster_read, none, list_swaps},
      {Method::post, "/api/v1/roster/swaps/{swap}/accept", Caller::session, Right::roster_read, small, accept_swap},
      {Method::post, "/api/v1/roster/swaps/{swap}/decline", Caller::session, Right::roster_read, small, decline_swap},
      {Method::post, "/api/v1/roster/swaps/{swap}/cancel", Caller::session, Right::roster_read, small, cancel_swap},
      {Method::post, "/api/v1/roster/absences", Caller::session, Right::roster_read, small, add_absence},
      {Method::del, "/api/v1/roster/absences/{absence}", Caller::session, Right::roster_read, none, end_absence},
      {Method::get, "/api/v1/routing/explain", Caller::session, Right::leads_read, none, explain_routing},
      {Method::get, "/api/v1/routing/rules", Caller::session, Right::grids_read, none, list_rules},
      {Method::put, "/api/v1/routing/rules", Caller::session, Right::routing_change, small, put_rule},
      {Method::del, "/api/v1/routing/rules/{rule}", Caller::session, Right::routing_change, none, remove_rule},
      {Method::get, "/api/v1/routing/corrections", Caller::session, Right::routing_change, none, list_corrections},
      {Method::del, "/api/v1/routing/corrections/{correction}", Caller::session, Right::routing_change, none,
       forget_correction},
      {Method::get, "/api/v1/leads", Caller::session, Right::leads_read, none, list_leads},
      {Method::get, "/api/v1/leads/{lead}", Caller::session, Right::leads_read, none, get_lead},
      {Method::get, "/api/v1/leads/{lead}/context", Caller::session, Right::history_read, none, get_lead_context},
      {Method::post, "/api/v1/leads/{lead}/confirm", Caller::session, Right::leads_decide, small, confirm_lead},
      {Method::post, "/api/v1/leads/{lead}/dismiss", Caller::session, Right::leads_decide, small, dismiss_lead},
      {Method::post, "/api/v1/leads/{lead}/reopen", Caller::session, Right::leads_decide, small, reopen_lead},
      {Method::put, "/api/v1/leads/{lead}/grid", Caller::session, Right::leads_decide, small, set_lead_grid},
      {Method::get, "/api/v1/attachments/{attachment}", Caller::session, Right::leads_read, none, get_attachment},
      {Method::get, "/api/v1/stream", Caller::session, signed_in, none, open_stream},
      {Method::get, "/api/v1/demo", Caller::session, signed_in, none, get_demo},
      {Method::put, "/api/v1/demo", Caller::session, Right::channels_change, small, set_demo},
  };
  return all;
}

}  // namespace linli::api
