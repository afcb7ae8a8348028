// The leads of a finished stretch of chat, for `linli analyze`, training and practice: places message after message and
// keeps each lead's last look, also of leads that the engine has forgotten since.
#pragma once
#include <functional>
#include <vector>

#include "leads/leads.h"

namespace linli {

// Message i has the number i + 1. Messages that take others back (type recall) do so.
// `on_placement`, where given, sees each answer as it comes.
std::vector<LeadView> collect_leads(const Understander& understander, const PlaceDirectory& directory,
                                    const std::vector<Message>& messages,
                                    const std::function<void(std::size_t, const Placement&)>& on_placement = {});

}  // namespace linli
