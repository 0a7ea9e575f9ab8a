export default {
    id: 'broken',
    title: 'When something is broken',
    experiments: {
        'too-big-header': 'Why 502 “upstream sent too big header”?',
        'idle-close': 'Why a rare 502 when the app closes idle connections?',
        'host-not-found': 'Why “host not found in upstream” at the start?',
    },
};
