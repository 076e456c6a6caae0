// The architecture and the optimizer of the zoo, which describe graphs or misuse the builder.
//
// The architecture, in shapes: B sequences, T positions, R = B T rows, V vocabulary, width W = 64:
// a table [V, W] and one matrix [W, W] between input and output. The optimizer is descent with
// momentum.
//
// A graph with a cycle cannot be said: an operation names only values that the builder gave before.

enum { W = 64 };

typedef struct {
  const cpt_graph *graph;
  cpt_error **error;
  cpt_status status;
} builder;

static cpt_value add(builder *b, cpt_operation operation) {
  cpt_value result = {0};
  operation.struct_size = sizeof operation;
  if (!b->status)
    b->status = b->graph->add(b->graph->context, &operation, &result, b->error);
  return result;
}

static cpt_value combined(builder *b, cpt_operation_code code, cpt_value x, cpt_value y) {
  cpt_value inputs[] = {x, y};
  return add(b, (cpt_operation){.code = code, .inputs = inputs, .input_count = 2});
}

static cpt_value constant(builder *b, double real) {
  return add(b, (cpt_operation){.code = CPT_OP_CONSTANT, .reals = &real, .real_count = 1});
}

static cpt_value spread(builder *b, cpt_value scalar, cpt_value like) {
  int64_t integers[1 + CPT_MAXIMUM_RANK] = {0};
  memcpy(integers + 1, like.extents, sizeof like.extents);
  return add(b, (cpt_operation){.code = CPT_OP_BROADCAST, .inputs = &scalar, .input_count = 1,
                                .integers = integers, .integer_count = 1 + like.rank});
}

static cpt_value reshaped(builder *b, cpt_value x, size_t rank, const int64_t *extents) {
  return add(b, (cpt_operation){.code = CPT_OP_RESHAPE, .inputs = &x, .input_count = 1,
                                .integers = extents, .integer_count = rank});
}

static const char *long_name(void) {
  static char name[1 << 20];
  memset(name, 'n', sizeof name);
  return name;
}

static cpt_text spoiled_name(cpt_text name) {
  if (is("name-null")) return (cpt_text){NULL, 5};
  if (is("name-empty")) return (cpt_text){"", 0};
  if (is("name-nul")) return (cpt_text){"a\0b", 3};
  if (is("name-escape")) return text("\x1b[31mred");
  if (is("name-long")) return (cpt_text){long_name(), 1 << 20};
  if (is("name-endless")) return (cpt_text){"x", SIZE_MAX};
  if (is("name-not-utf8")) return text("\xff\xfe");
  if (is("name-twice")) return text("same");
  return name;
}

static void spoil_extents(int64_t *extents, uint32_t *rank) {
  if (is("rank-9")) *rank = 9;
  if (is("rank-huge")) *rank = UINT32_MAX;
  if (is("extent-0")) extents[0] = 0;
  if (is("extent-negative")) extents[0] = INT64_MIN;
  if (is("extents-overflow")) extents[0] = extents[1] = INT64_MAX, *rank = 2;
  if (is("extents-huge")) extents[0] = 1 << 20, extents[1] = 1 << 20, *rank = 2;
}

static cpt_value parameter_of(builder *b, cpt_parameter parameter) {
  cpt_value result = {0};
  parameter.struct_size = sizeof parameter;
  if (is("parameter-size-0")) parameter.struct_size = 0;
  parameter.name = spoiled_name(parameter.name);
  spoil_extents(parameter.extents, &parameter.rank);
  if (is("initializer-0")) parameter.initializer = 0;
  if (is("initializer-99")) parameter.initializer = 99;
  if (is("initializer-nan")) parameter.a = NAN;
  if (is("initializer-negative")) parameter.b = -1;
  if (!b->status)
    b->status = b->graph->parameter(b->graph->context, is("parameter-null") ? NULL : &parameter,
                                    is("parameter-result-null") ? NULL : &result, b->error);
  return result;
}

// Misuse of the builder, which is the same for whoever describes.

static void *add_many(void *graph) {
  builder b = {.graph = graph};
  for (int i = 0; i < 500; i++) constant(&b, i);
  return NULL;
}

// Goes on after the description has ended.
static void *add_for_long(void *graph) {
  builder b = {.graph = graph};
  for (int i = 0; i < 20000; i++) b.status = CPT_OK, constant(&b, i);
  return NULL;
}

static void misuse(builder *b, cpt_value some) {
  static cpt_value kept;
  cpt_operation operation = {.struct_size = sizeof operation, .code = CPT_OP_TANH,
                             .inputs = &some, .input_count = 1};
  cpt_value result;
  const cpt_operation *given = &operation;
  cpt_value *slot = &result;
  double reals[1] = {1};
  int64_t integers[1 + CPT_MAXIMUM_RANK] = {0};
  int matters = 1;
  if (is("operation-null")) given = NULL;
  else if (is("operation-result-null")) slot = NULL;
  else if (is("operation-size-0")) operation.struct_size = 0;
  else if (is("operation-size-huge")) operation.struct_size = SIZE_MAX & ~(size_t)7;
  else if (is("operation-code-0")) operation.code = 0;
  else if (is("operation-code-huge")) operation.code = UINT32_MAX;
  else if (is("inputs-null")) operation.inputs = NULL, operation.input_count = 2;
  else if (is("inputs-endless")) operation.input_count = SIZE_MAX;
  else if (is("inputs-none")) operation.input_count = 0;
  else if (is("integers-null")) operation.integer_count = 3;
  else if (is("integers-endless")) operation.integers = integers, operation.integer_count = SIZE_MAX;
  else if (is("reals-nan"))
    reals[0] = NAN, operation = (cpt_operation){sizeof operation, CPT_OP_CONSTANT, .reals = reals,
                                                .real_count = 1};
  else if (is("location-null")) operation.location = (cpt_text){NULL, 7};
  else if (is("location-long")) operation.location = (cpt_text){long_name(), 1 << 20};
  else if (is("value-unknown")) some.id = 123456;
  else if (is("value-negative")) some.id = INT32_MIN;
  else if (is("value-forged")) some.extents[0] += 1;
  else if (is("value-type")) some.element_type = 77;
  else if (is("value-rank")) some.rank = UINT32_MAX;
  else if (is("value-of-another-graph")) {
    if (kept.rank) {
      some = kept;
    } else {
      for (int i = 0; i < 50; i++) kept = constant(b, i);
      kept = spread(b, kept, (cpt_value){.rank = 1, .extents = {7}});
    }
  } else if (is("constant-huge") || is("constant-overflow")) {
    for (int i = 0; i < CPT_MAXIMUM_RANK; i++) integers[i] = INT32_MAX;
    operation = (cpt_operation){sizeof operation, CPT_OP_CONSTANT, .reals = reals, .real_count = 1,
                                .integers = integers,
                                .integer_count = is("constant-huge") ? 2 : CPT_MAXIMUM_RANK};
  } else matters = 0;
  if (matters && !b->status) {
    b->status = b->graph->add(b->graph->context, given, slot, b->error);
  }
  if (is("operations-million")) for (int i = 0; i < 1000000; i++) constant(b, i);
  if (is("graph-from-threads")) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
      if (pthread_create(&threads[i], NULL, add_many, (void *)b->graph)) abort();
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  }
  if (is("graph-from-a-late-thread")) {
    static cpt_graph graph;
    graph = *b->graph;
    pthread_t thread;
    if (!pthread_create(&thread, NULL, add_for_long, &graph)) pthread_detach(thread);
  }
}

// The builder of a description that has ended.
static const cpt_graph *ended;

static cpt_status use_ended_graph(cpt_error **error) {
  if (!ended || !is("graph-kept")) return CPT_OK;
  builder b = {.graph = ended, .error = error};
  constant(&b, 1);
  return b.status;
}

// Architecture

static const cpt_option_sink *ended_sink;
static int64_t vocabulary;

static cpt_status set_option(const cpt_option_sink *sink, cpt_option_value option) {
  option.struct_size = sizeof option;
  return sink->set(sink->context, is("shape-null") ? NULL : &option);
}

static cpt_status shape_near(const cpt_options *options, const cpt_model_dimensions *dimensions,
                             int64_t target, const cpt_option_sink *chosen, cpt_error **error) {
  zoo_misbehave("shape_near");
  ended_sink = chosen;
  cpt_option_value option = {.name = text("a"), .type = CPT_OPTION_INTEGER, .integer = 3};
  if (is("shape-unknown")) option.name = text("nonsense");
  if (is("shape-type")) option.type = CPT_OPTION_REAL;
  if (is("shape-type-99")) option.type = 99;
  if (is("shape-outside")) option.integer = 11;
  if (is("shape-unsupported")) return CPT_UNSUPPORTED;
  return set_option(chosen, option);
}

static cpt_status create_model(const cpt_options *options, const cpt_model_dimensions *dimensions,
                               void **result, cpt_error **error) {
  zoo_misbehave("create");
  vocabulary = dimensions->vocabulary;
  if (is("shape-kept"))
    return set_option(ended_sink, (cpt_option_value){.name = text("a"), .type = CPT_OPTION_INTEGER});
  return make(result, error);
}

static cpt_status count_parameters(void *it, cpt_parameter_count *count, cpt_error **error) {
  zoo_misbehave("parameter_count");
  if (is("count-unwritten")) return CPT_OK;
  count->total = vocabulary * W + W * W;
  count->embedding = vocabulary * W;
  if (is("count-negative")) count->total = -1;
  if (is("count-embedding")) count->embedding = count->total + 1;
  if (is("count-huge")) count->total = INT64_MAX;
  if (is("count-wrong")) count->total += 1000;
  if (is("count-all-embedding")) count->embedding = count->total;
  return use_ended_graph(error);
}

static cpt_status describe_model(void *it, const cpt_graph *graph, const cpt_value *tokens,
                                 const cpt_value *targets, cpt_value *losses, cpt_error **error) {
  zoo_misbehave("describe");
  ended = graph;
  builder b = {.graph = graph, .error = error};
  int64_t rows = tokens->extents[0] * tokens->extents[1], row[] = {rows, W};
  cpt_value table = parameter_of(
      &b, (cpt_parameter){.name = text("table"), .extents = {vocabulary, W}, .rank = 2,
                          .initializer = CPT_INITIALIZE_NORMAL, .b = 0.02f, .decays = 1});
  cpt_value matrix = parameter_of(
      &b, (cpt_parameter){.name = text("matrix"), .extents = {W, W}, .rank = 2,
                          .initializer = CPT_INITIALIZE_NORMAL, .b = 0.02f, .decays = 1});
  misuse(&b, matrix);
  cpt_value x = reshaped(&b, combined(&b, CPT_OP_GATHER, table, *tokens), 2, row);
  cpt_value inputs[] = {x, matrix};
  int64_t transposed[] = {0, 0};
  x = combined(&b, CPT_OP_ADD, x,
               add(&b, (cpt_operation){.code = CPT_OP_MATRIX_PRODUCT, .inputs = inputs,
                                       .input_count = 2, .integers = transposed,
                                       .integer_count = 2}));
  cpt_value last[] = {x, table, reshaped(&b, *targets, 1, row)};
  cpt_value result = add(&b, (cpt_operation){.code = CPT_OP_LINEAR_CROSS_ENTROPY, .inputs = last,
                                             .input_count = 3});
  if (is("losses-constant")) {
    double real = 1;
    result = add(&b, (cpt_operation){.code = CPT_OP_CONSTANT, .integers = row, .integer_count = 1,
                                     .reals = &real, .real_count = 1});
  }
  if (is("losses-nan")) {
    cpt_value zero = spread(&b, constant(&b, 0), result);
    result = combined(&b, CPT_OP_DIVIDE, zero, zero);
  }
  if (!is("losses-unwritten")) *losses = result;
  if (is("losses-unknown")) losses->id = 99999;
  if (is("losses-shape")) *losses = x;
  if (is("losses-type")) *losses = last[2];
  if (is("losses-rank")) losses->rank = 200;
  return b.status;
}

static cpt_architecture_table architecture = {sizeof architecture, shape_near, create_model,
                                              count_parameters, describe_model, destroy};

// Optimizer

static cpt_status state_count(void *it, const cpt_parameter_info *info, size_t *count,
                              cpt_error **error) {
  zoo_misbehave("state_count");
  *count = is("states-huge") ? SIZE_MAX : is("states-many") ? 60000 : is("name-twice") ? 2 : 1;
  return use_ended_graph(error);
}

static cpt_status state(void *it, const cpt_parameter_info *info, size_t index,
                        cpt_optimizer_state *state, cpt_error **error) {
  zoo_misbehave("state");
  if (is("state-unwritten")) return CPT_OK;
  static char names[60000][16];
  snprintf(names[index], sizeof names[index], "velocity%zu", index);
  state->name = spoiled_name(text(names[index]));
  memcpy(state->extents, info->extents, sizeof state->extents);
  state->rank = info->rank;
  spoil_extents(state->extents, &state->rank);
  if (is("state-shape")) state->rank = 1, state->extents[0] = 3;
  if (is("state-nan")) state->initial_value = NAN;
  if (is("state-infinite")) state->initial_value = INFINITY;
  if (is("state-size")) state->struct_size = 1;
  return CPT_OK;
}

static cpt_status describe_update(void *it, const cpt_graph *graph, const cpt_update *update,
                                  cpt_value *parameter, cpt_value *states, cpt_error **error) {
  zoo_misbehave("describe");
  ended = graph;
  builder b = {.graph = graph, .error = error};
  if (is("update-declares")) graph->parameter(graph->context, NULL, NULL, error);  // is null
  misuse(&b, update->gradient);
  cpt_value half = spread(&b, constant(&b, 0.5), update->parameter);
  cpt_value velocity = combined(&b, CPT_OP_ADD, update->gradient,
                                combined(&b, CPT_OP_MULTIPLY, half, update->states[0]));
  cpt_value rate = spread(&b, update->learning_rate, update->parameter);
  cpt_value result = combined(&b, CPT_OP_SUBTRACT, update->parameter,
                              combined(&b, CPT_OP_MULTIPLY, rate, velocity));
  if (is("update-nan")) {
    cpt_value zero = combined(&b, CPT_OP_SUBTRACT, rate, rate);
    result = combined(&b, CPT_OP_DIVIDE, zero, zero);
  }
  if (!is("update-unwritten")) *parameter = result;
  states[0] = velocity;
  if (is("update-shape")) *parameter = update->step;
  if (is("update-unknown")) parameter->id = 99999;
  if (is("update-forged")) parameter->extents[0] += 1;
  if (is("update-state-unknown")) states[0].id = -1;
  if (is("update-state-shape")) states[0] = update->step;
  return b.status;
}

static cpt_optimizer_table optimizer = {sizeof optimizer, create, state_count, state,
                                        describe_update, destroy};
