export default {
    id: 'broken',
    title: 'When something is broken',
    experiments: {
    },
};
