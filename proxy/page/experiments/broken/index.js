export default {
    id: 'broken',
    title: 'When something is broken',
    experiments: {
        '502-504': 'When is it 502, and when 504?',
        'too-large': 'Who says 413, and when?',
        'too-big-header': 'Why 502 “upstream sent too big header”?',
        'idle-close': 'Why a rare 502 when the app closes idle connections?',
        'host-not-found': 'Why “host not found in upstream” at the start?',
    },
};
