// Wine 8 does not know TCP_KEEPIDLE ("fixme:winsock:setsockopt Unknown IPPROTO_TCP optname 3"), so
// that Node cannot connect with keep-alive, as `fetch` does. Tests under Wine connect without it.
require('node:net').Socket.prototype.setKeepAlive = function () {
  return this;
};
