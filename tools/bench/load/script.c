/*
 * Reads a script: lines `section octets code code ...`, each followed by so many octets and a line feed. A section may
 * stand on several lines: one a step. `handshake` behind the codes makes a step a TLS handshake.
 */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SECTIONS] = {"open", "first", "cycle", "last", "close"};

static struct step *add(struct section *section) {
  section->steps = realloc(section->steps, sizeof(struct step) * (size_t)(section->count + 1));
  struct step *step = &section->steps[section->count++];
  memset(step, 0, sizeof *step);
  return step;
}

void read_script(const char *path, struct script *into) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail("%s: cannot be read", path);
  char line[1024];
  while (fgets(line, sizeof line, file) != NULL) {
    char *word = strtok(line, " \n");
    int which = 0;
    while (which < SECTIONS && strcmp(names[which], word == NULL ? "" : word) != 0) which++;
    word = strtok(NULL, " \n");
    if (which == SECTIONS || word == NULL) fail("%s: not a script", path);
    struct step *step = add(&into->sections[which]);
    step->length = (size_t)atol(word);
    while ((word = strtok(NULL, " \n")) != NULL) {
      if (strcmp(word, "handshake") == 0) step->handshake = true;
      else if (step->count < 128) step->codes[step->count++] = atoi(word);
    }
    step->out = malloc(step->length + 1);
    if (fread(step->out, 1, step->length + 1, file) != step->length + 1) fail("%s: cut off", path);
  }
  fclose(file);
}
