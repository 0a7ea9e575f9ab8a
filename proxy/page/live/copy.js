// An exchange's request as a command or a program, with what was kept of it.
import { counted } from '../lib/dom.js';

/** Written by each client or connection anew. */
const OWN = /^(host|connection|keep-alive|content-length|transfer-encoding|te)$/i;

/** The mark in the place of a secret; docs/console.md says of which. */
const REDACTED = /\[redacted:\d+\]/;

/**
 * The request as it can be sent again.
 *
 * @return { method, path, url, headers, body, notes: what is missing of the original }
 */
export function asRequest(exchange) {
    const headers = exchange.headers.fromClient.filter(([name, value]) => !OWN.test(name) && !REDACTED.test(value));
    const lost = exchange.headers.fromClient.filter(([, value]) => REDACTED.test(value)).map(([name]) => name);
    const kept = exchange.bodies?.request;
    const hasContent = exchange.bytes.received > 0;
    const body = kept?.text ?? '';
    const isWhole = kept && !kept.cut && !kept.redacted && !kept.decoded;
    const notes = [
        REDACTED.test(exchange.target) ? 'a part of its target was redacted, so the mark in its place is sent' : '',
        lost.length ? `${lost.join(', ')} was redacted, so it is left out` : '',
        hasContent && !kept ? `its content (${counted(exchange.bytes.received, 'byte')}) was not kept: hop_bodies in nginx.conf keeps it` : '',
        hasContent && kept?.cut ? 'of its content only the beginning was kept' : '',
        hasContent && kept?.redacted ? 'in its content a part was redacted, so the mark in its place is sent' : '',
        hasContent && kept?.decoded ? `its content was compressed with ${kept.decoded} and is not here` : '',
        hasContent && kept?.base64 ? 'its content is no text: replay sends it, a command here leaves it out' : '',
    ].filter(Boolean);
    const path = exchange.target.startsWith('/') ? exchange.target : '/';
    return { method: exchange.method, path, url: `${location.origin}${path}`, headers, body, bodyBase64: kept?.base64, hasAll: !hasContent || Boolean(isWhole), notes };
}

const shell = (text) => `'${text.replaceAll('\'', '\'\\\'\'')}'`;
const json = (value) => JSON.stringify(value);

function curl({ method, url, headers, body }) {
    const words = ['curl', method === 'HEAD' ? '-sI' : '-si'];
    if (!['GET', 'HEAD'].includes(method) && !(method === 'POST' && body)) {
        words.push('-X', shell(method));
    }
    // curl drops "Name:" with nothing behind it, and sends it where a semicolon stands in the colon's place
    headers.forEach(([name, value]) => words.push('-H', shell(value === '' ? `${name};` : `${name}: ${value}`)));
    if (body && !headers.some(([name]) => /^content-type$/i.test(name))) {
        // else curl would say that it is a form
        words.push('-H', '\'Content-Type:\'');
    }
    if (body) {
        words.push('--data-raw', shell(body));
    }
    return `${words.join(' ')} ${shell(url)}`;
}

function httpie({ method, url, headers, body }) {
    const words = ['http', '--ignore-stdin', method, shell(url), ...headers.map(([name, value]) => shell(value === '' ? `${name};` : `${name}:${value}`))];
    return body ? `printf %s ${shell(body)} | ${words.join(' ').replace(' --ignore-stdin', '')}` : words.join(' ');
}

function fetchCall({ method, url, headers, body }) {
    return `await fetch(${json(url)}, {\n    method: ${json(method)},\n    headers: ${json(headers)},\n${body ? `    body: ${json(body)},\n` : ''}});`;
}

function python({ method, url, headers, body }) {
    return `import http.client\n\nconnection = http.client.HTTPConnection(${json(new URL(url).host)})\n`
        + `connection.putrequest(${json(method)}, ${json(url.slice(new URL(url).origin.length))}, skip_accept_encoding=True)\n`
        + headers.map(([name, value]) => `connection.putheader(${json(name)}, ${json(value)})\n`).join('')
        + (body ? `content = ${json(body)}.encode()\nconnection.putheader("Content-Length", str(len(content)))\nconnection.endheaders(content)\n` : 'connection.endheaders()\n')
        + 'response = connection.getresponse()\nprint(response.status, response.read().decode(errors="replace"))';
}

export const FORMS = { curl, HTTPie: httpie, fetch: fetchCall, Python: python };
