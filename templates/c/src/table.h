#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

#define TABLE_SIZE 1024
#define WORD_SIZE 64

struct entry {
  char word[WORD_SIZE];
  unsigned count;
};

struct table {
  struct entry entries[TABLE_SIZE];
  size_t used;
};

/* Counts a word once more. Returns 0, or -1 when the table is full. */
int table_add(struct table *table, const char *word);

/* Sorts by count, most frequent first, then by word. */
void table_sort(struct table *table);

#endif
