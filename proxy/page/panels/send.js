// Send: one request through the proxy, direct, or both, with whatever headers; and the same as a curl command.
import { call, hear } from '../lib/api.js';
import { copyButton, field, h, ms, problem } from '../lib/dom.js';
import { go } from '../lib/router.js';
import { list } from '../path/headers.js';
import { pick } from '../path/path.js';

/** Where the app listens, as a person here would type it: known once an exchange has been there. */
let appPort = null;

hear('selected', ({ tries }) => {
    appPort = tries.at(-1)?.to?.replace(/.*:/, '') ?? appPort;
});

export function panel() {
    const method = h('select', { change: curl }, ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((name) => h('option', {}, name)));
    const path = h('input', { value: '/anything?hello=hops', required: true, pattern: '/.*', spellcheck: 'false', input: curl });
    const headers = h('textarea', { rows: 4, spellcheck: 'false', placeholder: 'X-Forwarded-For: 6.6.6.6\nCookie: a=b', input: curl });
    const body = h('textarea', { rows: 4, spellcheck: 'false', placeholder: 'for POST, PUT, PATCH or DELETE', input: curl });
    const via = h('select', { change: curl }, [h('option', { value: 'proxied' }, 'through the proxy'),
        h('option', { value: 'direct' }, 'direct, past the proxy'), h('option', { value: 'both', selected: true }, 'both at once')]);
    const command = h('pre', { tabindex: '0', 'aria-label': 'The same as a curl command' });
    const results = h('div', { class: 'results', 'aria-live': 'polite' });
    const notes = h('p', { class: 'said' });

    function lines() {
        return headers.value.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => {
            const colon = line.indexOf(':', 1);
            if (colon < 0) {
                throw new Error(`"${line}" is no header: write Name: value`);
            }
            return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
        });
    }

    function curl() {
        const quote = (text) => `'${text.replaceAll('\'', '\'\\\'\'')}'`;
        let given;
        try {
            given = lines();
        } catch {
            // half typed; Send says so when it is pressed
            return;
        }
        const words = ['curl', method.value === 'HEAD' ? '-sI' : '-si'];
        if (!['GET', 'HEAD'].includes(method.value)) {
            words.push('-X', method.value);
        }
        given.forEach(([name, value]) => words.push('-H', quote(`${name}: ${value}`)));
        if (body.value && !['GET', 'HEAD', 'OPTIONS'].includes(method.value)) {
            words.push('--data-raw', quote(body.value));
        }
        const hosts = { proxied: [location.host], direct: [`${location.hostname}:${appPort ?? 8000}`] };
        hosts.both = [...hosts.direct, ...hosts.proxied];
        command.textContent = hosts[via.value].map((host) => [...words, quote(`http://${host}${path.value}`)].join(' ')).join('\n');
    }

    async function send(event) {
        event.preventDefault();
        results.replaceChildren(h('p', {}, 'sending …'));
        try {
            const request = { method: method.value, path: path.value, via: via.value, headers: lines(), body: body.value };
            const answers = (await call('POST', 'send', request)).results;
            results.replaceChildren(...answers.map(result));
            const through = answers.find((answer) => answer.id);
            if (through) {
                await pick(through.id);
            }
        } catch (error) {
            results.replaceChildren(problem(error));
        }
    }

    hear('edit', (request) => {
        go({ tab: 'send' });
        method.value = request.method;
        path.value = request.path;
        headers.value = request.headers.map(([name, value]) => `${name}: ${value}`).join('\n');
        body.value = request.body;
        via.value = request.via;
        notes.textContent = request.notes.length ? `Of the original, ${request.notes.join('; ')}.` : '';
        curl();
        path.focus();
    });
    hear('selected', curl);
    curl();
    return [
        h('p', { class: 'about' }, 'The console sends it, not your browser, so you may set any header: a false X-Forwarded-For, another Host.'),
        h('form', { class: 'grid', submit: send },
            field('Method', method), field('Path', path), field('Way', via),
            field('Headers, one a line', headers), field('Body', body),
            h('p', { class: 'buttons' }, h('button', { class: 'primary' }, 'Send'))),
        notes,
        h('div', { class: 'copyable' }, command, copyButton(() => command.textContent)),
        results,
    ];
}

function result(answer) {
    const { way, status, error, from, to, reused, phases, sent, received, content, contentLength, id } = answer;
    return h('article', { class: 'card', 'data-way': way },
        h('h3', {}, way === 'proxied' ? 'Through the proxy' : 'Direct', ' ',
            error ? h('b', { class: 'status s5' }, error) : h('b', { class: `status s${String(status)[0]}` }, String(status)),
            ` in ${ms(phases.totalMs)}`),
        from ? h('p', { class: 'sockets' }, h('span', { class: 'from' }, from), ' ──► ', h('span', { class: 'at' }, to),
            reused ? ' (kept connection)' : ` (new, ${ms(phases.connectMs)})`) : null,
        id ? h('button', { type: 'button', class: 'small', click: () => pick(id) }, 'show its hops') : null,
        list('Sent', null, sent),
        list('Received', null, received),
        content ? [h('h3', {}, `Content, ${contentLength} bytes`), h('pre', { tabindex: '0' }, content)] : null);
}
