export default {
    id: 'ports',
    title: 'Connections and ports',
    experiments: {
    },
};
