/* Result of everything that can fail in the sandbox: 0 or negative. The
 * sandbox shares no code with the product, so it has its own small copy of
 * the convention. */
#ifndef SANDBOX_ERR_H
#define SANDBOX_ERR_H

typedef int err_t;

enum { ERR_OK = 0, ERR_FAILED = -1 };

#endif
