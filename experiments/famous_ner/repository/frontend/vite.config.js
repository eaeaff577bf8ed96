export default {
  server: { proxy: { "/entities": "http://localhost:8000" } },
};
