// Who may append to, read and subscribe to which topics of a layer through its LogService: decided from the directory and the certificate's identity, and for
// members record by record with the same decision function that a gateway asks. Thread-safe: reads the current Context only.
#pragma once

#include <functional>
#include <memory>

#include "common/log/service.h"
#include "common/relay/context.h"

namespace noroshi::relay {

class MemberAccess final : public log::AccessPolicy {
 public:
  using GetContext = std::function<std::shared_ptr<const Context>()>;
  MemberAccess(GetContext context, Clock& clock) : context_(std::move(context)), clock_(clock) {}

  bool MayAppend(const log::Peer& peer, std::string_view topic) const override;
  bool MayReadRaw(const log::Peer& peer, std::string_view topic) const override;
  std::vector<AudienceTopic> Subscribable(const log::Peer& peer) const override;
  std::optional<std::string> ForMember(const log::Peer& peer, std::string_view audience, std::string_view record) const override;
  Status CheckAppend(const log::Peer& peer, std::string_view topic, const std::vector<std::string>& records) const override;

 private:
  // The peer's node in the directory; null for whoever is not in it, or whose certificate says another organisation or federation.
  const trust::Node* Known(const Context& context, const log::Peer& peer) const;
  const GetContext context_;
  Clock& clock_;
};

}  // namespace noroshi::relay
