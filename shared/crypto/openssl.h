/*
 * OpenSSL's headers beside err.h: both have an ERR_STATE (OpenSSL's is a type
 * that nobody here needs), so theirs is put aside while they are read.  Files
 * that need OpenSSL include this before any <openssl/...>.
 */
#ifndef TONEARM_CRYPTO_OPENSSL_H
#define TONEARM_CRYPTO_OPENSSL_H

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#undef ERR_STATE

#endif
