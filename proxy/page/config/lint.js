// Lint: what is known to go wrong in configurations like this one, with a fix to apply and, where there is one, a request that proves it.
import { call } from '../lib/api.js';
import { counted, h, problem } from '../lib/dom.js';
import { pick } from '../path/path.js';

const values = (fields, name) => (fields ?? []).filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value).join(', ');

/** What stands where a proof is to be seen; empty text for what is not there. */
function look({ in: where, name }, result, exchange) {
    switch (where) {
        case 'status': return result.status ? String(result.status) : '';
        case 'header': return values(result.received, name);
        case 'body': return result.content ?? '';
        case 'toUpstream': return values(exchange?.headers.toUpstream, name);
        case 'upstreamLine': return exchange?.startLines.toUpstream ?? '';
        case 'location': return exchange?.location.text ?? '';
        case 'server': return exchange?.server.name ?? '';
        default: return (exchange?.errorLog ?? []).join('\n');
    }
}

/**
 * @param text gives a configuration that does not run yet, or null for the running one
 * @param go leads to a line
 * @param edit puts a text into the editor
 */
export function lintPanel({ text, go, edit, editable }) {
    const out = h('div', { 'aria-live': 'polite', id: 'lint-said' });

    async function run() {
        const unsaved = text();
        try {
            const lint = await (unsaved === null ? call('GET', 'lint') : call('POST', 'lint', { text: unsaved }));
            out.replaceChildren(
                h('p', {}, lint.findings.length ? `${counted(lint.errors, 'error')}, ${counted(lint.warnings, 'warning')}, ${counted(lint.hints, 'hint')}` : 'Nothing found',
                    unsaved === null ? ' in what runs.' : ' in the text in the editor.'),
                ...lint.findings.map((finding) => one(finding, unsaved, lint)));
        } catch (error) {
            out.replaceChildren(problem(error));
        }
    }

    function one({ id, severity, message, line, why, url, fix, proof }, unsaved, lint) {
        const said = h('div', { 'aria-live': 'polite' });
        return h('article', { class: `finding ${severity}`, 'data-check': id },
            h('p', {}, h('strong', {}, `${severity}: `), message, ' ', line ? h('button', { type: 'button', class: 'line', click: () => go(line) }, h('span', {}, `line ${line}`)) : null),
            h('details', {}, h('summary', {}, 'Why?'), h('p', {}, why), url ? h('p', {}, h('a', { href: url, rel: 'noreferrer' }, url)) : null),
            h('p', { class: 'buttons' },
                fix && editable() && fix.edits.every((each) => each.file === lint.file) ? h('button', { type: 'button', class: 'small', click: () => apply(fix, said) }, `Fix: ${fix.title}`) : null,
                proof && unsaved === null ? h('button', { type: 'button', class: 'small', click: () => prove(proof, said) }, 'Prove it') : null),
            proof ? h('pre', { tabindex: '0', 'aria-label': 'The request that proves it' }, proof.curl) : null,
            said);
    }

    /** Edits count in characters of the text that was looked at; from the last to the first none moves another. */
    async function apply({ edits }, said) {
        try {
            let whole = text() ?? (await call('GET', 'config')).files[0].text;
            for (const each of [...edits].sort((a, b) => b.from - a.from)) {
                whole = whole.slice(0, each.from) + each.insert + whole.slice(each.to);
            }
            edit(whole);
            said.replaceChildren(h('p', { class: 'good' }, 'The editor has the fix; “Apply …” shows it once more before it runs.'));
        } catch (error) {
            said.replaceChildren(problem(error));
        }
    }

    /** Sends the request, and looks where the check says that the fault is to be seen. */
    async function prove({ method, target, headers, seen }, said) {
        try {
            const { results: [result] } = await call('POST', 'send', { method, path: target, headers, body: '', via: 'proxied' });
            const exchange = result.id ? await call('GET', `exchanges/${result.id}?wait=1000`) : null;
            const got = look(seen, result, exchange);
            const holds = new RegExp(seen.matches).test(got);
            said.replaceChildren(
                h('p', { class: holds ? 'problem' : 'good' }, holds ? `It is so: ${seen.says}` : `Not seen: ${seen.in}${seen.name ? ` ${seen.name}` : ''} was ${got ? `“${got.slice(0, 200)}”` : 'empty'}.`),
                result.id ? h('button', { type: 'button', class: 'small', click: () => pick(result.id) }, 'show it on the path') : '');
        } catch (error) {
            said.replaceChildren(problem(error));
        }
    }

    const element = h('section', { class: 'card', id: 'lint' },
        h('h3', {}, 'Lint'), h('p', { class: 'about' }, 'Mistakes that others have made before. In a terminal: hopyard --lint FILE'),
        h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', click: run }, 'Look for mistakes')), out);
    return { element, run };
}
