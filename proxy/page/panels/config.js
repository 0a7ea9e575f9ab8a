// Config: the nginx.conf that runs, with what each line does, its hits and its faults; edited on trial where that is allowed.
import { call, hear, tell } from '../lib/api.js';
import { count, counted, h, problem, short } from '../lib/dom.js';
import { diffView } from '../config/diff.js';
import { makeEditor, setText } from '../config/editor.js';
import { lintPanel } from '../config/lint.js';
import { testerPanel } from '../config/tester.js';
import { selected } from '../path/path.js';

/** How long a change is tried before it goes back by itself, in s. */
const TRIAL_SECONDS = 30;

export function panel() {
    const notice = h('div', { role: 'status', id: 'config-said' });
    const files = h('select', { change: () => display(files.value) });
    const place = h('div', { class: 'editor' });
    const act = (name, text, work, primary) => h('button', {
        type: 'button', id: `config-${name}`, class: primary ? 'primary' : null, click: () => work().catch(failed),
    }, text);
    const buttons = {
        test: act('test', 'Test', test),
        apply: act('apply', 'Apply …', preview, true),
        discard: act('discard', 'Discard my edits', discard),
        file: act('file', 'Back to the file', backToFile),
    };
    const input = h('input', { type: 'file', class: 'unseen', tabindex: '-1', 'aria-label': 'A configuration file', change: () => take(input.files[0]).catch(failed) });
    const warning = h('p', { class: 'about' });
    let editor;
    let state;
    /** What stands in the editor when nobody has typed; with the version that it is of. */
    let base = { text: '', version: null };
    let lit = selected()?.lines ?? [];
    let sought = null;
    let marked = [];
    let mistake = null;

    const lint = lintPanel({ text: () => (isDirty() ? editor.getValue() : null), go: (line) => seek(line), edit: replaceText, editable: () => state?.mayEdit });
    const tester = testerPanel({ text: () => (isDirty() ? editor.getValue() : null), go: (line, file) => tell('line', { line, file }) });

    const mainFile = () => state.files[0];
    const shownFile = () => state.files.find(({ name }) => name === files.value) ?? mainFile();
    const isDirty = () => Boolean(editor && state) && shownFile() === mainFile() && editor.getValue() !== base.text;

    async function refresh() {
        const wasDirty = state && isDirty();
        state = await call('GET', 'config');
        const before = files.value;
        files.replaceChildren(...state.files.map(({ name }) => h('option', { value: name }, name)));
        files.value = state.files.some(({ name }) => name === before) ? before : mainFile().name;
        files.closest('label').hidden = state.files.length < 2;
        if (!wasDirty) {
            base = { text: mainFile().text, version: state.version };
            display(files.value);
        } else if (base.version !== state.version) {
            notice.replaceChildren(h('p', { class: 'warning' }, `What runs has been changed meanwhile by ${state.changed.by}. Your text is still here: “Apply” shows how it differs from what runs now.`));
        }
        show();
    }

    function show() {
        const { mayEdit } = state;
        buttons.test.disabled = !mayEdit;
        buttons.apply.disabled = !mayEdit || !isDirty();
        buttons.discard.disabled = !isDirty();
        buttons.file.disabled = !mayEdit || !state.edited;
        warning.textContent = mayEdit
            ? 'Whoever reaches this page may have the proxy read and write any file that it may, and reach any host. The file itself is never changed: a reload (kill -HUP, or docker compose kill -s HUP proxy) takes it up again.'
            : 'To be looked at: “hop_console edit;” in the console’s location allows changes from here.';
    }

    function display(name) {
        files.value = name;
        const file = shownFile();
        editor.setOption('readOnly', !state.mayEdit || file !== mainFile());
        setText(editor, file === mainFile() ? base.text : file.text);
        decorate();
        show();
    }

    function replaceText(text) {
        files.value = mainFile().name;
        editor.setOption('readOnly', !state.mayEdit);
        setText(editor, text);
        show();
    }

    /** Hit counts in the margin, and the lines of the selected exchange. */
    function decorate() {
        const file = shownFile();
        editor.clearGutter('hits');
        marked.forEach((line) => editor.removeLineClass(line, 'background'));
        marked = [];
        if (editor.getValue() !== file.text) {
            // line numbers of what runs say nothing about a text that is being written
            return;
        }
        Object.entries(file.hits).forEach(([line, hits]) => {
            editor.setGutterMarker(line - 1, 'hits', h('span', { title: `${counted(hits, 'request')} obeyed this line` }, `${short(hits)}×`));
        });
        lit.filter((at) => at.file === file.name && at.line <= editor.lineCount()).forEach((at) => mark(at.line, 'lit'));
        if (sought?.file === file.name && sought.line <= editor.lineCount()) {
            mark(sought.line, 'sought');
        }
    }

    const mark = (line, name) => marked.push(editor.addLineClass(line - 1, 'background', name));

    function clearMistake() {
        mistake?.clear();
        mistake = null;
    }

    function failed(error) {
        notice.replaceChildren(problem(error));
        const { line, file, message } = error.details ?? {};
        if (line && file === shownFile().name && line <= editor.lineCount()) {
            clearMistake();
            mistake = editor.addLineWidget(line - 1, h('p', { class: 'problem mistake' }, message), { above: false });
            mark(line, 'wrong');
            editor.scrollIntoView({ line: line - 1, ch: 0 }, 80);
        }
    }

    const warned = (warnings) => (warnings ?? []).map(({ text }) => h('p', { class: 'warning' }, text));

    async function test() {
        clearMistake();
        const { warnings } = await call('POST', 'config/test', { text: editor.getValue() });
        notice.replaceChildren(h('p', { class: 'good' }, 'the configuration test is successful'), ...warned(warnings));
    }

    /** What would change, before it does. */
    async function preview() {
        clearMistake();
        const text = editor.getValue();
        const [{ warnings }, diff] = await Promise.all([call('POST', 'config/test', { text }), call('POST', 'config/diff', { text })]);
        const apply = h('button', { type: 'button', class: 'primary', id: 'apply-now', click: () => put(text).catch(failed) }, `Apply for ${TRIAL_SECONDS} s, then ask`);
        notice.replaceChildren(
            h('p', {}, 'This is what would change. It is tried first: unless you keep it, it goes back by itself.'), diffView(diff), ...warned(warnings),
            h('p', { class: 'buttons' }, apply, h('button', { type: 'button', click: () => { notice.replaceChildren(); buttons.apply.focus({ preventScroll: true }); } }, 'Not now')));
        apply.focus({ preventScroll: true });
    }

    async function put(text) {
        const next = await call('POST', 'config', { text, seconds: TRIAL_SECONDS });
        base = { text, version: next.version };
        notice.replaceChildren(h('p', { class: 'good' }, 'On trial: every request from now on obeys it. Keep it in the bar on top, or wait.'), ...warned(next.warnings));
        tell('config', next);
        // what is to be decided now; the button that had the focus is gone
        document.querySelector('#keep')?.focus({ preventScroll: true });
    }

    async function discard() {
        if (window.confirm('Throw away what you have typed here, and show what runs?')) {
            base = { text: mainFile().text, version: state.version };
            display(mainFile().name);
            notice.replaceChildren();
            editor.focus();
        }
    }

    async function backToFile() {
        if (isDirty() && !window.confirm('What you have typed here would be lost. Go back to the file?')) {
            return;
        }
        const next = await call('DELETE', 'config');
        base = { text: editor.getValue(), version: null };
        notice.replaceChildren(h('p', { class: 'good' }, 'The file’s configuration runs again.'), ...warned(next.warnings));
        tell('config', next);
        editor.focus();
    }

    /** A file from the user's own disk: into the editor, and no further. */
    async function take(file) {
        if (!file) {
            return;
        }
        if (file.size > 1 << 20) {
            throw new Error(`${file.name} has ${count(file.size)} bytes: more than a megabyte is no configuration.`);
        }
        if (isDirty() && !window.confirm(`Replace what you have typed by ${file.name}?`)) {
            return;
        }
        replaceText(await file.text());
        input.value = '';
        notice.replaceChildren(h('p', { class: 'good' }, `${file.name} is in the editor, and runs nowhere yet. “Test” says whether it would; “Which location” and “Lint” take it as it stands here.`));
        await lint.run();
    }

    function seek(line) {
        editor.setCursor(line - 1, 0);
        editor.scrollIntoView({ line: line - 1, ch: 0 }, 150);
        editor.focus();
    }

    async function open() {
        editor ??= await makeEditor(place, () => { clearMistake(); show(); });
        await refresh();
        editor.refresh();
    }

    let opening;
    function opened() {
        opening ??= open().catch((error) => notice.replaceChildren(problem(error))).finally(() => { opening = null; });
        return opening;
    }

    hear('selected', ({ lines }) => {
        lit = lines ?? [];
        if (editor && state) {
            decorate();
        }
    });
    hear('line', async ({ file, line }) => {
        await opened();
        sought = { file, line };
        if (state?.files.some(({ name }) => name === file)) {
            if (!isDirty()) {
                display(file);
            }
            seek(line);
        }
    });
    hear('config', ({ version }) => {
        if (editor && version !== state?.version) {
            opened();
        }
    });
    addEventListener('beforeunload', (event) => {
        if (isDirty()) {
            event.preventDefault();
        }
    });
    place.addEventListener('dragover', (event) => event.preventDefault());
    place.addEventListener('drop', (event) => {
        if (event.dataTransfer.files.length) {
            event.preventDefault();
            event.stopPropagation();
            take(event.dataTransfer.files[0]).catch(failed);
        }
    }, true);

    const content = [
        h('div', { class: 'tools' }, h('label', { hidden: true }, 'File ', files), Object.values(buttons),
            h('button', { type: 'button', click: () => input.click() }, 'Open a file …'), input,
            h('span', { class: 'about' }, 'or drop one on the editor · Ctrl-F search · Ctrl-Space complete · F1 explain')),
        notice,
        h('div', { class: 'config-columns' }, place, h('div', { class: 'config-side' }, tester.element, lint.element)),
        warning,
    ];
    return { content, opened };
}
