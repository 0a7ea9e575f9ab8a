// Lint: what is known to go wrong in configurations like this one, with a fix to apply and, where there is one, a request that proves it.
import { call } from '../lib/api.js';
import { h, problem } from '../lib/dom.js';
import { pick } from '../path/path.js';

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
                h('p', {}, lint.findings.length ? `${lint.errors} errors, ${lint.warnings} warnings, ${lint.hints} hints` : 'Nothing found.',
                    unsaved === null ? ' in what runs.' : ' in the text in the editor.'),
                ...lint.findings.map((finding) => one(finding, unsaved)));
        } catch (error) {
            out.replaceChildren(problem(error));
        }
    }

    function one({ id, severity, message, line, why, url, fix, proof }, unsaved) {
        const said = h('div', { 'aria-live': 'polite' });
        return h('article', { class: `finding ${severity}`, 'data-check': id },
            h('p', {}, h('strong', {}, `${severity}: `), message, ' ', line ? h('button', { type: 'button', class: 'line', click: () => go(line) }, h('span', {}, `line ${line}`)) : null),
            h('details', {}, h('summary', {}, 'Why?'), h('p', {}, why), url ? h('p', {}, h('a', { href: url, rel: 'noreferrer' }, url)) : null),
            h('p', { class: 'buttons' },
                fix && editable() ? h('button', { type: 'button', class: 'small', click: () => apply(fix, said) }, `Fix: ${fix.title}`) : null,
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

    async function prove({ method, target, headers, seen }, said) {
        try {
            const { results: [result] } = await call('POST', 'send', { method, path: target, headers, body: '', via: 'proxied' });
            const got = seen.in === 'status' ? String(result.status) : seen.in === 'body' ? result.content ?? ''
                : (result.received ?? []).filter(([name]) => name.toLowerCase() === seen.name?.toLowerCase()).map(([, value]) => value).join(', ');
            const holds = new RegExp(seen.matches).test(got);
            said.replaceChildren(
                h('p', { class: holds ? 'problem' : 'good' }, holds ? `It is so: ${seen.says}` : `Not seen: ${seen.in}${seen.name ? ` ${seen.name}` : ''} was ${got ? `“${got.slice(0, 200)}”` : 'absent'}. It may need another address or host than this page may use; the curl line says all of it.`),
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
