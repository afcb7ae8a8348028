// The refine task on top of the engine's leads of labelled days, as a person would take it over: category, urgency and place
// become the model's; what it refuses or fails at stays the engine's. For `linli eval --engine llm`.
#pragma once
#include <vector>

#include "assist/tasks.h"
#include "leads/train/score.h"

namespace linli::assist {

struct RefinedDays {
  std::vector<train::Predicted> predicted;
  std::size_t leads = 0, refined = 0, failed = 0,
              orders = 0;                // orders: a message reads like orders, the engine's stands
  std::size_t same = 0, same_right = 0;  // sameness that it proposes; and where both stand for one labelled lead
};

// Asks once for each lead, one after the other, with the other leads of the day as matters. Ends early, and the rest stays the
// engine's, where `stop_after` calls in a row fail: the server is not there.
RefinedDays refine_days(ModelServer& server, const std::vector<LabelledDay>& days,
                        const std::vector<train::Predicted>& predicted, std::size_t stop_after = 5);

}  // namespace linli::assist
