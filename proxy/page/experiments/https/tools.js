// What experiments with TLS need: certificates that are made for them, servers that have them, and the client's view of a handshake.
import { call } from '../../lib/api.js';

/** A certificate's files are removed when the run ends, or after this time at the latest, in seconds. */
const SECONDS = 200;

/** Has something of the console's removed at the end of the run, unless its time was over before. */
function removed(lab, path) {
    lab.atEnd(() => call('DELETE', path).catch((error) => {
        if (error.status !== 404) {
            throw error;
        }
    }));
}

/** Makes a certificate: { names } or { client }, `by` an authority's name, `expired`. Gives it as docs/console.md has it. */
export async function certificate(lab, body) {
    const made = await lab.call('POST', 'certificates', { seconds: SECONDS, ...body });
    removed(lab, `certificates/${made.id}`);
    return made;
}

/** Opens a proxy that passes TLS through to a port of this one. */
export async function passthrough(lab, to) {
    const made = await lab.call('POST', 'passthrough', { to, seconds: SECONDS });
    removed(lab, `passthrough/${made.port}`);
    return made;
}

/** The two lines with which a server has a certificate. */
export const files = ({ certificate: file, key }) => `ssl_certificate ${file};\n    ssl_certificate_key ${key};`;

/** A configuration as one has it in production: with names of files that say what is in them, and the usual ports. */
export function asInProduction(conf, certificates, ports = {}) {
    let text = conf;
    for (const [name, { certificate: file, key, authority }] of Object.entries(certificates)) {
        text = text.replaceAll(file, `${name}.pem`).replaceAll(key, `${name}.key`).replaceAll(authority, 'authority.pem');
    }
    for (const [port, name] of Object.entries(ports)) {
        text = text.replaceAll(`127.0.0.1:${port}`, name).replaceAll(`:${port}`, name === '80' || name === '443' ? '' : `:${name}`);
    }
    return text;
}

/** What a client that checks says of a server: the status, or why it has left. */
export const said = (sent) => (sent.errorCode?.startsWith('tls_') ? 'refused by the client' : sent.said);

/** Why the client has left, in a few words. */
export const why = ({ errorCode }) => ({ tls_name: 'the name is another', tls_expired: 'it has expired', tls_authority: 'nobody vouches for it' })[errorCode] ?? errorCode;

/** Which certificate a client was shown. */
export const shown = ({ tls }) => tls?.chain[0]?.names[0] ?? null;
