#include "table.h"

#include <stdlib.h>
#include <string.h>

int table_add(struct table *table, const char *word) {
  for (size_t i = 0; i < table->used; i++) {
    if (strcmp(table->entries[i].word, word) == 0) {
      table->entries[i].count++;
      return 0;
    }
  }
  if (table->used == TABLE_SIZE) return -1;
  struct entry *entry = &table->entries[table->used++];
  strncpy(entry->word, word, WORD_SIZE - 1);
  entry->word[WORD_SIZE - 1] = '\0';
  entry->count = 1;
  return 0;
}

static int compare(const void *left, const void *right) {
  const struct entry *a = left, *b = right;
  if (a->count != b->count) return a->count < b->count ? 1 : -1;
  return strcmp(a->word, b->word);
}

void table_sort(struct table *table) {
  qsort(table->entries, table->used, sizeof table->entries[0], compare);
}
