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
      {Method::get, "/api/v1/session", Caller::person, signed_in, none, get_session},
      {Method::post, "/api/v1/session", Caller::anyone, {}, small, sign_in},
      {Method::del, "/api/v1/session", Caller::person, signed_in, none, sign_out},
      {Method::post, "/api/v1/session/link", Caller::anyone, {}, small, sign_in_by_link},
      {Method::put, "/api/v1/session/password", Caller::person, signed_in, small, set_password},
      {Method::get, "/api/v1/session/ways", Caller::anyone, {}, none, get_ways},
      {Method::get, "/api/v1/session/sign-on", Caller::anyone, {}, none, begin_sign_on},
      {Method::get, "/api/v1/session/sign-on/callback", Caller::anyone, {}, none, end_sign_on},
      {Method::get, "/api/v1/session/second-factor", Caller::person, signed_in, none, get_second_factor},
      {Method::post, "/api/v1/session/second-factor", Caller::anyone, {}, small, give_second_factor},
      {Method::put, "/api/v1/session/second-factor", Caller::person, signed_in, small, confirm_second_factor},
      {Method::post, "/api/v1/session/second-factor/setup", Caller::person, signed_in, small, set_up_second_factor},
      {Method::post, "/api/v1/session/second-factor/recovery-codes", Caller::person, signed_in, small,
       renew_recovery_codes},
      {Method::post, "/api/v1/session/second-factor/off", Caller::person, signed_in, small, turn_off_second_factor},
      {Method::del, "/api/v1/users/{user}/second-factor", Caller::person, Right::people_change, none,
       reset_second_factor},
      {Method::get, "/api/v1/sessions", Caller::person, signed_in, none, list_sessions},
      {Method::del, "/api/v1/sessions/{session}", Caller::person, signed_in, none, end_session},
      {Method::post, "/api/v1/users/{user}/link", Caller::person, Right::people_change, none, make_user_link},
      {Method::get, "/api/v1/api-keys", Caller::person, Right::keys_change, none, list_api_keys},
      {Method::post, "/api/v1/api-keys", Caller::person, Right::keys_change, small, add_api_key},
      {Method::del, "/api/v1/api-keys/{key}", Caller::person, Right::keys_change, none, revoke_api_key},
      {Method::get, "/api/v1/audit", Caller::session, Right::audit_read, none, list_audit},
      {Method::get, "/api/v1/audit/export", Caller::session, Right::audit_read, none, export_audit},
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
      {Method::get, "/api/v1/leads", Caller::session, Right::leads_read, none, list_leads},
      {Method::get, "/api/v1/leads/{lead}", Caller::session, Right::leads_read, none, get_lead},
      {Method::get, "/api/v1/leads/{lead}/context", Caller::session, Right::history_read, none, get_lead_context},
      {Method::post, "/api/v1/leads/{lead}/confirm", Caller::session, Right::leads_decide, small, confirm_lead},
      {Method::post, "/api/v1/leads/{lead}/dismiss", Caller::session, Right::leads_decide, small, dismiss_lead},
      {Method::post, "/api/v1/leads/{lead}/reopen", Caller::session, Right::leads_decide, small, reopen_lead},
      {Method::get, "/api/v1/attachments/{attachment}", Caller::session, Right::leads_read, none, get_attachment},
      {Method::get, "/api/v1/stream", Caller::session, signed_in, none, open_stream},
      {Method::get, "/api/v1/demo", Caller::session, signed_in, none, get_demo},
      {Method::put, "/api/v1/demo", Caller::session, Right::channels_change, small, set_demo},
  };
  return all;
}

}  // namespace linli::api
