// libssl, with its macros as functions that Swift can call.
#ifndef SWITCHYARD_COPENSSL_H
#define SWITCHYARD_COPENSSL_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

// The protocol's name in ALPN (PostgreSQL documentation, "SSL Session Encryption"), preceded by its
// length.
static const unsigned char sy_alpn[] = "\x0apostgresql";
static const unsigned int sy_alpn_bytes = sizeof sy_alpn - 1;

// As in PostgreSQL: a client that offers protocols must offer ours.
static inline int sy_select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_bytes,
                                 const unsigned char *in, unsigned int in_bytes, void *context) {
    (void)ssl;
    (void)context;
    int found = SSL_select_next_proto((unsigned char **)out, out_bytes, sy_alpn, sy_alpn_bytes, in,
                                      in_bytes);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A key that asks for a passphrase is refused: nobody is there to type it.
static inline int sy_no_passphrase(char *into, int capacity, int writing, void *context) {
    (void)into;
    (void)capacity;
    (void)writing;
    (void)context;
    return -1;
}

static inline void sy_accept_alpn(SSL_CTX *context) {
    SSL_CTX_set_alpn_select_cb(context, sy_select_alpn, NULL);
}

static inline int sy_offer_alpn(SSL_CTX *context) {
    return SSL_CTX_set_alpn_protos(context, sy_alpn, sy_alpn_bytes) == 0;
}

// Whether our protocol was agreed on.
static inline int sy_alpn_agreed(const SSL *ssl) {
    const unsigned char *name = NULL;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl, &name, &length);
    return length == sy_alpn[0] && memcmp(name, sy_alpn + 1, length) == 0;
}

// What both sides of every connection have in common. Buffers are given back while they are empty:
// an idle connection has none. A peer that leaves without close_notify is at its end: messages have
// lengths of their own, so nothing can be cut off unnoticed. Reads take in as much as there is, several records at once.
static inline void sy_prepare(SSL_CTX *context, size_t read_bytes) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, read_bytes);
    SSL_CTX_set_default_passwd_cb(context, sy_no_passphrase);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int sy_minimum_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version) == 1;
}

// The digest of a certificate's signature; 0 if it has none of its own (Ed25519).
static inline int sy_signature_digest(X509 *certificate) {
    int digest = NID_undef;
    return X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) == 1 ? digest : NID_undef;
}

static inline const EVP_MD *sy_digest(int nid) { return EVP_get_digestbynid(nid); }

// As PostgreSQL writes a whole name.
static inline int sy_print_name(BIO *into, const X509_NAME *name) {
    return X509_NAME_print_ex(into, name, 0, XN_FLAG_RFC2253) >= 0;
}

static inline long sy_set_server_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}

#endif
