const tables = new Map();

export function tableOf(rows) {
  if (!tables.has(rows)) {
    const row = (_, i) => ({
      id: i,
      name: `Name ${i}`,
      email: `user${i}@example.com`,
      active: i % 2 === 0,
      score: i / 7,
      created: new Date(Date.UTC(2024, 0, 1 + (i % 300), 12, 30, i % 60)),
    });
    tables.set(rows, Array.from({ length: rows }, row));
  }
  return tables.get(rows);
}
