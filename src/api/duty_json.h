// Shifts, swaps and people on duty as the contract shapes them, and what the handlers of the roster and of routing share.
#pragma once
#include <boost/json.hpp>
#include <unordered_map>

#include "api/call.h"
#include "people/roster_store.h"

namespace linli::api {

// Names of colleagues, looked up once an answer. The first error stays: ask it at the end.
class People {
 public:
  explicit People(Tx& tx) : tx_(tx) {}
  boost::json::value person(UserId user);  // {id, display_name}; 0: null
  std::string name(UserId user);
  Tx& tx() { return tx_; }
  void failed(Error error) {
    if (!error_) error_ = std::move(error);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  Tx& tx_;
  std::unordered_map<UserId, std::string> names_;
  std::optional<Error> error_;
};

boost::json::value grid_or_null(const GridTree& tree, GridId grid);
boost::json::object shift_json(const Call& call, People& people, const Shift& shift);
boost::json::object swap_json(const Call& call, People& people, const Swap& swap);
// `duty`: "officer", or the role that was asked for. Numbers are shown to who may look at rosters there, never to volunteers.
boost::json::object on_duty_json(const Call& call, People& people, const OnDuty& one, std::string_view duty,
                                 std::string_view grid_path);
// Whether the actor is shown numbers of colleagues and companies there.
bool sees_numbers(const Actor& actor, std::string_view grid_path);

// An open grid that the actor may look at by that right. Error: not_found.
Result<const Grid*> known_grid(const Call& call, const GridTree& tree, std::string_view id, std::string field,
                               Right right);
// The same from the query, where it is given.
Result<const Grid*> queried_grid(const Call& call, const GridTree& tree, Right right);
// A colleague who has a role there on that day. Errors: unknown_user, not_of_grid.
Result<void> check_colleague(Tx& tx, UserId user, std::string_view grid_path, Day day);

// Answers with the body, or with what went wrong while it was written.
Result<Response> answered(const People& people, int status, const boost::json::object& body);

}  // namespace linli::api
