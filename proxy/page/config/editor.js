// The editor: CodeMirror with nginx's mode, folding, search (Ctrl-F), completion (Ctrl-Space) and what a directive means under the pointer.
import { h } from '../lib/dom.js';
import { script, sheet } from '../lib/script.js';
import { complete, explain } from './words.js';

/** CodeMirror is loaded by whoever opens this panel first, not by everybody. */
async function codeMirror() {
    await Promise.all([script('lib/codemirror.min.js'), sheet('lib/codemirror.min.css')]);
    return window.CodeMirror;
}

/**
 * @param change is called when somebody has typed
 */
export async function makeEditor(place, change) {
    const CodeMirror = await codeMirror();
    const editor = CodeMirror(place, {
        mode: 'nginx', lineNumbers: true, gutters: ['hits', 'CodeMirror-linenumbers', 'CodeMirror-foldgutter'], foldGutter: { rangeFinder: CodeMirror.fold.brace }, indentUnit: 4,
        inputStyle: 'contenteditable', viewportMargin: 60,
        // Tab must leave the editor: the page is used by keyboard, too
        extraKeys: {
            Tab: false, 'Shift-Tab': false, 'Ctrl-Space': (cm) => cm.showHint({ hint: complete, completeSingle: false }), 'Ctrl-Q': (cm) => cm.foldCode(cm.getCursor()), F1: (cm) => describe(cm, cm.getCursor()),
        },
        screenReaderLabel: 'nginx.conf',
    });
    editor.on('change', change);
    const tip = h('div', { class: 'word-tip', hidden: true, role: 'status' });
    place.append(tip);

    async function describe(cm, at) {
        const text = await explain(cm, at);
        tip.hidden = !text;
        tip.replaceChildren(...[text].flat().filter(Boolean));
    }

    let waiting;
    editor.getWrapperElement().addEventListener('mousemove', (event) => {
        clearTimeout(waiting);
        waiting = setTimeout(() => describe(editor, editor.coordsChar({ left: event.clientX, top: event.clientY }, 'window')), 250);
    });
    editor.getWrapperElement().addEventListener('mouseleave', () => { clearTimeout(waiting); tip.hidden = true; });
    return editor;
}

/** Puts another text in, and leaves cursor and scroll where they were. */
export function setText(editor, text) {
    if (editor.getValue() === text) {
        return;
    }
    const cursor = editor.getCursor();
    const { left, top } = editor.getScrollInfo();
    editor.setValue(text);
    editor.setCursor(cursor, undefined, { scroll: false });
    editor.scrollTo(left, top);
}
