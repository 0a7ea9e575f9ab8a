// Chapter 6: what is said through a door.
import { call } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { pick } from '../path/path.js';
import { predict } from './predict.js';

export const title = 'What is said: protocols';

const PROTOCOLS = [
    ['HTTP', 'the client speaks first: a request line, header fields, an empty line', 'GET /whoami HTTP/1.1'],
    ['TLS', 'the client speaks first, in bytes: a ClientHello; then HTTP or another protocol inside', '16 03 01 …'],
    ['SMTP', 'the server speaks first', '220 mail.example ESMTP'],
    ['SSH', 'both name their version', 'SSH-2.0-OpenSSH_9.2'],
    ['PostgreSQL', 'the client sends a startup message in bytes: its length, the version, the user', '00 00 00 … user'],
    ['DNS', 'one question, one answer; over UDP without a connection', 'example.com A?'],
];

async function raw(text) {
    const { results: [result] } = await call('POST', 'send', { raw: text, via: 'proxied', quietMs: 300, halfClose: true });
    return result;
}

const firstLine = (result) => (result.content ?? '').split('\r\n')[0];

function said(result, sent) {
    return h('div', { class: 'results' },
        h('div', {}, h('h3', {}, 'Sent'), h('pre', { tabindex: '0', 'aria-label': 'Sent' }, sent)),
        h('div', {}, h('h3', {}, 'Came back'), h('pre', { tabindex: '0', 'aria-label': 'Came back' }, result.content || result.error || '(nothing)')));
}

export function chapter() {
    return {
        content: [
            h('p', {}, 'A connection carries bytes both ways and gives them no meaning. What they mean, and who speaks first, is the ', h('strong', {}, 'protocol'), '. The port number does not decide it: nothing keeps a web server from listening on 5432. It is only where a client of that protocol would look.'),
            h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Protocols' }, h('table', {},
                h('thead', {}, h('tr', {}, ['Protocol', 'How it begins', 'First words'].map((text) => h('th', { scope: 'col' }, text)))),
                h('tbody', {}, PROTOCOLS.map(([name, how, words]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, how), h('td', {}, h('code', {}, words))))))),
            predict({
                question: 'Somebody connects to the proxy and says “hello, is anybody there?” and an end of line. What comes back?',
                answers: ['nothing: it waits for more', 'an error in HTTP: 400 Bad Request', 'the first page'],
                button: 'Say it, byte by byte',
                async run() {
                    const text = 'hello, is anybody there?\r\n';
                    const result = await raw(text);
                    const line = firstLine(result);
                    return { answer: /^HTTP\/1\.1 400/.test(line) ? 1 : /^HTTP\/1\.1 200/.test(line) ? 2 : line ? null : 0, evidence: said(result, text) };
                },
            }),
            predict({
                question: 'And now four lines that are HTTP, typed by hand. Will it answer, though no browser sent them?',
                answers: ['yes, like to a browser', 'no: it wants a real browser'],
                button: 'Send the request by hand',
                async run() {
                    const text = `GET /proxy-says HTTP/1.1\r\nHost: ${location.hostname}\r\nConnection: close\r\n\r\n`;
                    const result = await raw(text);
                    const line = firstLine(result);
                    return {
                        answer: /^HTTP\/1\.1 [1-5]\d\d/.test(line) ? 0 : line ? null : 1,
                        evidence: [said(result, text), result.id ? h('button', { type: 'button', class: 'small', click: () => pick(result.id) }, 'show it on the path') : null],
                    };
                },
            }),
        ],
    };
}
