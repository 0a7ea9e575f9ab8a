// Send: one request through the proxy, past it, or both, with whatever headers; or bytes that are no request at all.
import { call, hear } from '../lib/api.js';
import { copyButton, field, h, problem, rest } from '../lib/dom.js';
import { route } from '../lib/router.js';
import { result } from '../send/result.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PURGE'];

export function panel() {
    const known = h('datalist', { id: 'methods' }, METHODS.map((value) => h('option', { value })));
    const method = h('input', { value: 'GET', required: true, list: 'methods', spellcheck: 'false', size: 8 });
    const path = h('input', { value: route().params.get('path') ?? '/anything?hello=hops', required: true, spellcheck: 'false' });
    const headers = h('textarea', { rows: 4, spellcheck: 'false', placeholder: 'X-Forwarded-For: 6.6.6.6\nCookie: a=b' });
    const body = h('textarea', { rows: 4, spellcheck: 'false', placeholder: 'for POST, PUT, PATCH or DELETE' });
    const via = h('select', {}, h('option', { value: 'proxied' }, 'through the proxy'), h('option', { value: 'direct' }, 'direct, past the proxy'), h('option', { value: 'both', selected: true }, 'both ways'));
    const rawText = h('textarea', { rows: 8, spellcheck: 'false' }, `GET /whoami HTTP/1.1\nHost: ${location.host}\nConnection: close\n\n`);
    const rawVia = h('select', {}, h('option', { value: 'proxied' }, 'to the proxy'), h('option', { value: 'direct' }, 'to the app'));
    const rawEnds = h('input', { type: 'checkbox', checked: true });
    const notes = h('p', { class: 'said', role: 'status' });
    const out = h('div', { 'aria-live': 'polite' });
    const rawOut = h('div', { 'aria-live': 'polite' });

    function lines() {
        return headers.value.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => {
            const colon = line.indexOf(':', 1);
            if (colon < 0) {
                throw new Error(`"${line}" is no header: write Name: value, and Name: alone for an empty one`);
            }
            return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
        });
    }

    async function submit(event, button, place, ask) {
        event.preventDefault();
        rest(button, true);
        place.replaceChildren(h('p', { class: 'about' }, 'sending …'));
        try {
            const { results } = await ask();
            place.replaceChildren(commands(results), h('div', { class: 'results' }, results.map(result)));
        } catch (error) {
            place.replaceChildren(problem(error));
        }
        rest(button, false);
    }

    function commands(results) {
        const text = results.map((each) => each.curl).filter(Boolean).join('\n');
        return text ? h('div', { class: 'copyable' }, h('pre', { tabindex: '0', 'aria-label': 'The same by curl' }, text), copyButton(() => text)) : '';
    }

    const send = h('button', { class: 'primary' }, 'Send');
    const sendRaw = h('button', { class: 'primary' }, 'Send these bytes');

    hear('edit', (request) => {
        method.value = request.method;
        path.value = request.path;
        headers.value = request.headers.map(([name, value]) => `${name}: ${value}`).join('\n');
        body.value = request.body;
        via.value = request.via;
        notes.textContent = request.notes.length ? `Of the original, ${request.notes.join('; ')}.` : '';
        path.focus();
    });
    return [
        known,
        h('p', { class: 'about' }, 'The console sends it, not your browser, so you may set any header: a false X-Forwarded-For, another Host. Redirects are not followed.'),
        h('form', {
            class: 'grid', id: 'send-form', submit: (event) => submit(event, send, out, () => call('POST', 'send', {
                method: method.value, path: path.value, via: via.value, headers: lines(), body: body.value,
            })),
        },
        field('Method', method, 'any, also one of your own'), field('Path', path), field('Way', via),
        field('Headers, one a line', headers), field('Body', body), h('p', { class: 'buttons' }, send)),
        notes, out,
        h('details', { id: 'raw' }, h('summary', {}, 'Bytes that are no request: malformed heads, other protocols'),
            h('form', {
                class: 'raw-form', submit: (event) => submit(event, sendRaw, rawOut, () => call('POST', 'send', {
                    raw: rawText.value.replace(/\r?\n/g, '\r\n'), via: rawVia.value, halfClose: rawEnds.checked,
                })),
            },
            field('Exactly these bytes; each end of line goes as CR LF', rawText),
            h('p', { class: 'buttons' }, h('label', {}, rawVia, h('span', { class: 'unseen' }, 'To whom')), h('label', { class: 'check' }, rawEnds, ' close my half when all is sent'), sendRaw)),
            rawOut),
    ];
}
