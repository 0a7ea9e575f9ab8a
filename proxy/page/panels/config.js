// Config: the running nginx.conf, with hit counts and the lines that the selected exchange used; edited where allowed.
import { call, hear, tell } from '../lib/api.js';
import { count, h, problem } from '../lib/dom.js';
import { go } from '../lib/router.js';
import { script, sheet } from '../lib/script.js';

let editor;

/** CodeMirror is loaded by whoever opens this panel first, not by everybody. */
async function codeMirror() {
    if (!window.CodeMirror) {
        await Promise.all([script('lib/codemirror/lib/codemirror.js'), sheet('lib/codemirror/lib/codemirror.css')]);
        await script('lib/codemirror/mode/nginx/nginx.js');
    }
    return window.CodeMirror;
}

export function panel() {
    const notice = h('div', { role: 'status', id: 'config-said' });
    const files = h('select', { change: () => display(files.value) });
    const place = h('div', { class: 'editor' });
    const buttons = {
        test: h('button', { type: 'button', click: () => act('test') }, 'Test'),
        apply: h('button', { type: 'button', class: 'primary', click: () => act('apply') }, 'Apply'),
        revert: h('button', { type: 'button', click: () => act('revert') }, 'Revert to the file'),
    };
    const warning = h('p', { class: 'warning', hidden: true });
    let state;
    let lit = [];
    let sought = null;
    let marked = [];

    function take(next) {
        const shownBefore = files.value;
        state = next;
        files.replaceChildren(...state.files.map(({ name }) => h('option', { value: name }, name)));
        if (state.files.some(({ name }) => name === shownBefore)) {
            files.value = shownBefore;
        }
        buttons.revert.disabled = !state.edited;
        warning.hidden = !state.mayEdit;
        warning.textContent = 'hop_console edit: whoever reaches this page may have the proxy read any file that it can, and reach any host'
            + ' that it can. What you apply runs until you revert it or the proxy reloads; the file itself is not changed.';
        for (const button of [buttons.test, buttons.apply]) {
            button.disabled = !state.mayEdit;
        }
    }

    const shownFile = () => state.files.find(({ name }) => name === files.value) ?? state.files[0];

    const mainFile = () => state.files[0];

    function display(name) {
        files.value = name;
        const file = shownFile();
        editor.setOption('readOnly', !state.mayEdit || file !== mainFile());
        editor.setValue(file.text);
        decorate();
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
            editor.setGutterMarker(line - 1, 'hits', h('span', { title: `${count(hits)} requests obeyed this line` }, `${count(hits)}×`));
        });
        lit.filter((at) => at.file === file.name && at.line <= editor.lineCount())
            .forEach((at) => mark(at.line, 'lit'));
        if (sought?.file === file.name && sought.line <= editor.lineCount()) {
            mark(sought.line, 'sought');
        }
    }

    function mark(line, name) {
        marked.push(editor.addLineClass(line - 1, 'background', name));
    }

    let mistake;

    function clearMistake() {
        mistake?.clear();
        mistake = null;
    }

    function showMistake(error) {
        notice.replaceChildren(problem(error));
        const { line, file, message } = error.details ?? {};
        if (line && file === shownFile().name && line <= editor.lineCount()) {
            mistake = editor.addLineWidget(line - 1, h('p', { class: 'problem mistake' }, message), { above: false });
            mark(line, 'wrong');
            editor.scrollIntoView({ line: line - 1, ch: 0 }, 80);
        }
    }

    async function act(what) {
        clearMistake();
        const text = editor.getValue();
        try {
            if (what === 'test') {
                await call('POST', 'config/test', { text });
                notice.replaceChildren(h('p', { class: 'good' }, 'nginx: the configuration test is successful'));
                return;
            }
            take(await (what === 'apply' ? call('POST', 'config', { text }) : call('DELETE', 'config')));
            display(files.value);
            notice.replaceChildren(h('p', { class: 'good' }, what === 'apply'
                ? 'Applied: new requests use it; no connection was dropped.' : 'Back to what the file says.'));
            tell('config', state);
        } catch (error) {
            showMistake(error);
        }
    }

    async function refresh() {
        const untouched = !state || editor.getValue() === shownFile().text;
        take(await call('GET', 'config'));
        if (untouched) {
            const { left, top } = editor.getScrollInfo();
            if (editor.getValue() !== shownFile().text) {
                display(files.value);
            }
            decorate();
            editor.scrollTo(left, top);
        }
    }

    async function open() {
        if (!editor) {
            const CodeMirror = await codeMirror();
            if (!editor) {
                editor = CodeMirror(place, {
                    mode: 'nginx', lineNumbers: true, gutters: ['hits', 'CodeMirror-linenumbers'], indentUnit: 4, inputStyle: 'contenteditable',
                    viewportMargin: Infinity,
                    // Tab must leave the editor: the page is used by keyboard, too
                    extraKeys: { Tab: false, 'Shift-Tab': false },
                    screenReaderLabel: 'nginx.conf',
                });
                editor.on('change', clearMistake);
            }
        }
        await refresh();
        editor.refresh();
        if (lit.length && state) {
            const first = lit.filter((at) => at.file === shownFile().name).map((at) => at.line - 1);
            if (first.length) {
                editor.scrollIntoView({ line: Math.max(...first), ch: 0 }, 200);
            }
        }
    }

    let opening;
    function opened() {
        opening ??= open().catch((error) => notice.replaceChildren(problem(error))).finally(() => { opening = null; });
        return opening;
    }

    hear('selected', ({ lines }) => {
        lit = lines;
        sought = null;
        if (editor && state) {
            decorate();
        }
    });
    hear('line', async ({ file, line }) => {
        go({ tab: 'config' });
        await opened();
        sought = { file, line };
        if (state?.files.some(({ name }) => name === file)) {
            display(file);
            editor.setCursor(line - 1, 0);
            editor.scrollIntoView({ line: line - 1, ch: 0 }, 150);
            editor.focus();
        }
    });
    hear('config', (next) => {
        if (next !== state && editor) {
            opened();
        }
    });
    const content = [
        h('p', { class: 'about' }, 'What runs now. In the margin, how many requests obeyed a line; the lit lines are those that the request above used.'),
        warning,
        h('div', { class: 'tools' }, h('label', {}, 'File ', files), Object.values(buttons)),
        notice,
        place,
    ];
    return { content, opened };
}
