export default {
    id: 'docker',
    title: 'Docker and addresses',
    experiments: {
    },
};
