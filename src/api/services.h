// Everything that handlers need, wired by the program (and by tests). It outlives the server.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/demo.h"
#include "assist/companion_rules.h"
#include "assist/knowledge.h"
#include "assist/refining.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/unique_function.h"
#include "channels/channels.h"
#include "channels/intake.h"
#include "desk/search.h"
#include "leads/placing.h"
#include "people/grids.h"
#include "people/groups.h"
#include "people/opt_outs.h"
#include "people/routing_store.h"
#include "people/sign_on.h"
#include "people/users.h"
#include "store/sealing.h"
#include "store/writer.h"

namespace linli {
class Imports;
}

namespace linli::api {

class Stream;
class SignInGuard;
class Metrics;
class PublicGuard;

struct Services {
  const Clock& clock;
  const TimeZone& zone;  // the district's
  IdSource& ids;
  Writer& writer;
  Readers& readers;
  const Sealer& sealer;
  Channels& channels;
  Grids& grids;
  Groups& groups;
  OptOuts& opt_outs;
  MemberRoles& member_roles;
  Rhythms& rhythms;
  Intake& intake;
  Routing& routing;
  Knowledge& knowledge;
  Passwords& passwords;
  SignInGuard& guard;
  Metrics& metrics;

  std::string version, model_version;
  DemoControl* demo = nullptr;                  // null: not a demo
  SignOnServer* sign_on = nullptr;              // null: no single sign-on
  assist::ModelServer* model_server = nullptr;  // null: this program asks none
  assist::Usage* model_usage = nullptr;         // with model_server
  const desk::Search* search = nullptr;         // null: nothing can be searched
  bool mail_works = false;                      // a mail server is set up
  bool outgoing_private = false;                // webhooks and push may go to the office's own network
  std::string event_source = "/linli";          // names this linli in CloudEvents
  Imports* imports = nullptr;                   // chat exports on their way in
  // Who the claims of a single sign-on are; not set: sign_on::find_user(). In the writer's transaction.
  std::function<Result<std::optional<User>>(Tx&, const boost::json::object& claims)> sign_on_user;

  // All of these: any thread, quick. Those that are not set do nothing.
  std::function<std::vector<std::string>()> not_ready;  // why it cannot take messages; empty: it can
  std::function<void(LeadId)> dismissed, reopened;      // a person decided: placing must know
  std::function<void(Placing::Moved)> moved;            // a person moved messages
  std::function<void()> directories_changed;            // a group was admitted or refused
  std::function<void()> words_erased;                   // placing must forget them
  std::function<void()> words_queued;                   // the sender has something to do
  std::function<void(const companion::Rules&)> companion_changed;
  std::function<bool(const Group&)> may_write;  // software can say something in the group
  std::function<void()> notify_queued;          // the deliverer has
  std::function<void()> webhooks_changed;       // the webhooks' feed has
  std::function<Placing::Figures()> placing;
  std::function<assist::Refining::Figures()> refining;
  // Opens the bytes of an attachment by what attachments.blob holds. Not the I/O thread.
  std::function<Result<std::string>(std::string_view blob)> open_blob;
  // Keeps bytes for good and names them as attachments.blob does. Not the I/O thread.
  std::function<Result<std::string>(std::string_view bytes)> store_blob;
  std::string residents_url;  // the setting; empty: words carry no link

  // Set by the Api, which owns the stream, the guard and the I/O thread.
  Stream* stream = nullptr;
  PublicGuard* public_guard = nullptr;
  std::function<void(UniqueFunction<void()>)> post;  // onto the I/O thread
};

}  // namespace linli::api
