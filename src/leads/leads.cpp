#include "leads/leads.h"

#include "leads/engine/engine.h"
#include "leads/engine/policy.h"
#include "leads/engine/reasons.h"
#include "leads/engine/view.h"

namespace linli {

// The models decide; the reasons are written down at once, while what spoke for the decision is at hand.
class Explained final : public engine::Policy {
 public:
  explicit Explained(const Understander& u) : understander_(u), models_(u.model()) {}
  engine::Decision decide(engine::Situation& s) override {
    engine::Decision d = models_.decide(s);
    d.reasons = engine::explain_placement(s, d, understander_);
    return d;
  }

 private:
  const Understander& understander_;
  engine::ModelPolicy models_;
};

class Leads::Impl {
 public:
  Impl(const Understander& u, PlaceDirectory directory) : core(u, std::move(directory)), policy(u) {}
  engine::Engine core;
  LeadView view;  // the one asked for last
  Explained policy;
};

Leads::Leads(const Understander& understander, PlaceDirectory directory)
    : impl_(std::make_unique<Impl>(understander, std::move(directory))) {}
Leads::~Leads() = default;
Leads::Leads(Leads&&) noexcept = default;
Leads& Leads::operator=(Leads&&) noexcept = default;

Placement Leads::place(MessageNumber number, const Message& message) {
  return impl_->core.place(number, message, impl_->policy);
}

std::vector<LeadKey> Leads::recall(MessageNumber number, const std::string& group) {
  return impl_->core.recall(number, group);
}
void Leads::dismiss(LeadKey lead) { impl_->core.set_closed(lead, true); }
void Leads::reopen(LeadKey lead) { impl_->core.set_closed(lead, false); }
std::vector<LeadKey> Leads::all() const { return impl_->core.all(); }
void Leads::set_directory(PlaceDirectory directory) { impl_->core.set_directory(std::move(directory)); }

Leads::Sizes Leads::sizes() const { return impl_->core.sizes(); }
void Leads::forget() { impl_->core.forget(); }
std::vector<MessageNumber> Leads::messages(LeadKey lead) const { return impl_->core.messages(lead); }

const LeadView* Leads::view(LeadKey key) {
  const engine::Lead* lead = impl_->core.lead(key);
  if (!lead) return nullptr;
  impl_->view = engine::make_view(*lead, impl_->core);
  return &impl_->view;
}

bool Leads::open(MessageNumber number, const Message& message) { return impl_->core.open(number, message); }
std::size_t Leads::move(LeadKey from, std::span<const MessageNumber> messages, std::optional<LeadKey> to) {
  return impl_->core.move(from, messages, to);
}

void Leads::restore(MessageNumber number, const Message& message, std::optional<LeadKey> lead, Act, bool apart) {
  impl_->core.restore(number, message, lead, apart);
}

}  // namespace linli
