// Tells systemd how the service fares (sd_notify(3)). Nothing happens where NOTIFY_SOCKET is not set.
#pragma once

#include <string>

namespace noroshi::run {

// `READY=1`, `STOPPING=1` ... Best effort.
void Notify(const std::string& state);
// `RELOADING=1` with the monotonic time that systemd asks for.
void NotifyReloading();

}  // namespace noroshi::run
