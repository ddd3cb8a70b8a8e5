// A client's own web site: one metadata document over TLS, on this machine
// (clients.documents_loopback), with a certificate that clients.ca_file names.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';

export class DocumentSite {
  /** The folder with the certificate must be there before the server starts: site.config
   *  are the lines for its configuration. */
  static async start() {
    const site = new DocumentSite();
    site.dir = mkdtempSync('/tmp/tonearm-document-');
    chmodSync(site.dir, 0o755);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost',
      '-keyout', join(site.dir, 'key.pem'), '-out', join(site.dir, 'cert.pem')], { stdio: 'ignore' });
    chmodSync(join(site.dir, 'cert.pem'), 0o644);
    site.documents = new Map();
    site.asked = 0;
    site.server = https.createServer({ key: readFileSync(join(site.dir, 'key.pem')), cert: readFileSync(join(site.dir, 'cert.pem')) },
      (request, response) => {
        const document = site.documents.get(request.url);
        site.asked++;
        response.writeHead(document ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'max-age=3600' });
        response.end(document ? JSON.stringify(document) : '{}');
      });
    await new Promise(resolve => site.server.listen(0, '127.0.0.1', resolve));
    site.url = `https://127.0.0.1:${site.server.address().port}`;
    site.config = `[clients]\ndocuments_loopback = yes\nca_file = ${join(site.dir, 'cert.pem')}\n`;
    return site;
  }

  /** Puts a document there; its address, which is the client's id. */
  put(path, redirects, more = {}) {
    const id = this.url + path;
    this.documents.set(path, {
      client_id: id, client_name: 'A program with a web site', client_uri: this.url, redirect_uris: redirects,
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none', ...more,
    });
    return id;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
