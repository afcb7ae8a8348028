#include "api/handlers.h"
#include "api/router.h"

namespace linli::api {

std::span<const Route> routes() {
  constexpr std::size_t none = 1u << 10, small = 64u << 10, large = 512u << 10, file = 32u << 20;
  constexpr std::size_t batch = (4u << 20) + 1;  // one more than the parser takes: it has the better words
  static const Route all[] = {
      {Method::get, "/healthz", Caller::anyone, none, health},
      {Method::get, "/readyz", Caller::anyone, none, ready},
      {Method::get, "/metrics", Caller::local, none, metrics},
      {Method::get, "/api/v1/session", Caller::person, none, get_session},
      {Method::post, "/api/v1/session", Caller::anyone, small, sign_in},
      {Method::del, "/api/v1/session", Caller::person, none, sign_out},
      {Method::post, "/api/v1/session/link", Caller::anyone, small, sign_in_by_link},
      {Method::put, "/api/v1/session/password", Caller::person, small, set_password},
      {Method::get, "/api/v1/session/ways", Caller::anyone, none, get_ways},
      {Method::get, "/api/v1/session/sign-on", Caller::anyone, none, begin_sign_on},
      {Method::get, "/api/v1/session/sign-on/callback", Caller::anyone, none, end_sign_on},
      {Method::get, "/api/v1/session/second-factor", Caller::person, none, get_second_factor},
      {Method::post, "/api/v1/session/second-factor", Caller::anyone, small, give_second_factor},
      {Method::put, "/api/v1/session/second-factor", Caller::person, small, confirm_second_factor},
      {Method::post, "/api/v1/session/second-factor/setup", Caller::person, small, set_up_second_factor},
      {Method::post, "/api/v1/session/second-factor/recovery-codes", Caller::person, small, renew_recovery_codes},
      {Method::post, "/api/v1/session/second-factor/off", Caller::person, small, turn_off_second_factor},
      {Method::del, "/api/v1/users/{user}/second-factor", Caller::person, none, reset_second_factor},
      {Method::get, "/api/v1/sessions", Caller::person, none, list_sessions},
      {Method::del, "/api/v1/sessions/{session}", Caller::person, none, end_session},
      {Method::post, "/api/v1/users/{user}/link", Caller::person, none, make_user_link},
      {Method::get, "/api/v1/api-keys", Caller::person, none, list_api_keys},
      {Method::post, "/api/v1/api-keys", Caller::person, small, add_api_key},
      {Method::del, "/api/v1/api-keys/{key}", Caller::person, none, revoke_api_key},
      {Method::get, "/api/v1/audit", Caller::session, none, list_audit},
      {Method::get, "/api/v1/audit/export", Caller::session, none, export_audit},
      {Method::get, "/api/v1/overview", Caller::session, none, get_overview},
      {Method::get, "/api/v1/taxonomy", Caller::session, none, get_taxonomy},
      {Method::get, "/api/v1/channels", Caller::session, none, list_channels},
      {Method::post, "/api/v1/channels", Caller::session, small, add_channel},
      {Method::post, "/api/v1/channels/{channel}/messages", Caller::channel, batch, post_messages},
      {Method::get, "/api/v1/groups", Caller::session, none, list_groups},
      {Method::post, "/api/v1/groups/{group}/admit", Caller::session, large, admit_group},
      {Method::post, "/api/v1/groups/{group}/refuse", Caller::session, small, refuse_group},
      {Method::get, "/api/v1/grids", Caller::session, none, list_grids},
      {Method::put, "/api/v1/grids", Caller::session, large, put_grid},
      {Method::get, "/api/v1/grids/export", Caller::session, none, export_grids},
      {Method::post, "/api/v1/grids/import", Caller::session, file, import_grids},
      {Method::get, "/api/v1/grids/{grid}", Caller::session, none, get_grid},
      {Method::get, "/api/v1/leads", Caller::session, none, list_leads},
      {Method::get, "/api/v1/leads/{lead}", Caller::session, none, get_lead},
      {Method::get, "/api/v1/leads/{lead}/context", Caller::session, none, get_lead_context},
      {Method::post, "/api/v1/leads/{lead}/confirm", Caller::session, small, confirm_lead},
      {Method::post, "/api/v1/leads/{lead}/dismiss", Caller::session, small, dismiss_lead},
      {Method::post, "/api/v1/leads/{lead}/reopen", Caller::session, small, reopen_lead},
      {Method::get, "/api/v1/attachments/{attachment}", Caller::session, none, get_attachment},
      {Method::get, "/api/v1/stream", Caller::session, none, open_stream},
      {Method::get, "/api/v1/demo", Caller::session, none, get_demo},
      {Method::put, "/api/v1/demo", Caller::session, small, set_demo},
  };
  return all;
}

}  // namespace linli::api
