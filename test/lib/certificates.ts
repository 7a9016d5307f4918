import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A CA of openssl's making in a folder: NAME.pem and NAME.key. */
export function makeCa(folder: string, name: string): void {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  run(folder, ['req', '-x509', '-days', '2', ...KEY, ...files, '-subj', `/CN=${name}`]);
}

/** NAME.pem and NAME.key, signed by the CA, for a subject such as `DNS:localhost`. */
export function makeCertificate(folder: string, ca: string, name: string, subject: string): void {
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subject}\n`);
  run(folder, ['req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`]);
  const signer = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-extfile', `${name}.ext`];
  run(folder, ['x509', '-req', '-days', '2', '-in', `${name}.csr`, ...signer, '-out', `${name}.pem`]);
}

function run(folder: string, args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
}
