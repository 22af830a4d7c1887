// A proxy compresses in production; the others here do not compress either.
export default { compress: false };
