"""A client by hand that speaks TLS."""

import ssl

from wire import SSL_REQUEST, Wire, request


def client_context(ca=None, pair=None, version=None, alpn=("postgresql",)):
    """Python's side of TLS; checks nothing without `ca`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(ca)
    if pair:
        context.load_cert_chain(*pair)
    if version:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class TLSWire(Wire):
    """A connection by hand that asks for TLS, or begins with it."""

    def __init__(self, port, context=None, direct=False, session=None, **more):
        super().__init__(port, **more)
        context = context or client_context()
        if not direct:
            self.send(request(SSL_REQUEST))
            answer = self.socket.recv(1)
            assert answer == b"S", answer
        self.socket = context.wrap_socket(
            self.socket, server_hostname="localhost", session=session)
