/* `karcis-ctl pki ...`: the keys that sign updates. Needs no configuration:
 * it runs where the keys are kept, not on a terminal. */
#ifndef KARCIS_APP_PKI_CTL_H
#define KARCIS_APP_PKI_CTL_H

#define PKI_USAGE \
	"pki root DIR --name TEXT [--days N] | signer DIR OUT --name TEXT" \
	" [--days N] [--request FILE] | revoke DIR SERIAL | crl DIR | keyring DIR OUT.pem |" \
	" show DIR  (and --pass-fd N)"

int pki_ctl_run(int argc, char **argv);

#endif
