#include <ctype.h>
#include <stdio.h>

#include "table.h"

/* Reads text from stdin, and prints each word with how often it occurs. */
int main(void) {
  static struct table table;
  char word[WORD_SIZE];
  size_t length = 0;
  int c;
  do {
    c = getchar();
    if (c != EOF && isalpha(c)) {
      if (length < WORD_SIZE - 1) word[length++] = (char)tolower(c);
    } else if (length > 0) {
      word[length] = '\0';
      length = 0;
      if (table_add(&table, word) != 0) return fputs("too many words\n", stderr), 1;
    }
  } while (c != EOF);
  table_sort(&table);
  for (size_t i = 0; i < table.used; i++) printf("%u %s\n", table.entries[i].count, table.entries[i].word);
  return 0;
}
