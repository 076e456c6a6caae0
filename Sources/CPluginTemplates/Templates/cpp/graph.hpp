// Describing a computation to the host, with failures as exceptions that name the line that asked.
#ifndef GRAPH_HPP
#define GRAPH_HPP

#include "boundary.hpp"

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <vector>

class Graph {
public:
  explicit Graph(const cpt_graph *graph) : graph(graph) {}

  // Declares a parameter; only an architecture may.
  cpt_value parameter(std::string_view name, std::vector<int64_t> extents,
                      cpt_initializer_kind initializer, float a, float b, bool decays) const {
    cpt_parameter parameter = {};
    parameter.struct_size = sizeof parameter;
    parameter.name = text(name);
    parameter.rank = static_cast<uint32_t>(extents.size());
    std::copy(extents.begin(), extents.end(), parameter.extents);
    parameter.initializer = initializer;
    parameter.a = a;
    parameter.b = b;
    parameter.decays = decays;
    cpt_value result = {};
    cpt_error *error = nullptr;
    check(graph->parameter(graph->context, &parameter, &result, &error), error);
    return result;
  }

  // Adds an operation; operations.h says what each code takes.
  cpt_value add(cpt_operation_code code, std::vector<cpt_value> inputs,
                std::vector<int64_t> integers = {}, std::vector<double> reals = {},
                std::source_location place = std::source_location::current()) const {
    std::string location = std::string(place.file_name()) + ":" + std::to_string(place.line());
    cpt_operation operation = {sizeof operation, code,           inputs.data(), inputs.size(),
                               integers.data(),  integers.size(), reals.data(),  reals.size(),
                               text(location)};
    cpt_value result = {};
    cpt_error *error = nullptr;
    check(graph->add(graph->context, &operation, &result, &error), error);
    return result;
  }

  // A tensor of another's shape, filled with one number.
  cpt_value filled_like(const cpt_value &other, double value,
                        std::source_location place = std::source_location::current()) const {
    return add(CPT_OP_CONSTANT, {}, shape(other), {value}, place);
  }

  cpt_value scaled(const cpt_value &x, double factor,
                   std::source_location place = std::source_location::current()) const {
    return add(CPT_OP_MULTIPLY, {x, filled_like(x, factor, place)}, {}, {}, place);
  }

  // Repeats a tensor whose axes are the last ones of another's to that one's shape.
  cpt_value repeated_like(const cpt_value &x, const cpt_value &other,
                          std::source_location place = std::source_location::current()) const {
    if (x.rank >= other.rank) return x;
    std::vector<int64_t> integers = {x.rank};
    for (uint32_t axis = other.rank - x.rank; axis < other.rank; ++axis) integers.push_back(axis);
    for (int64_t extent : shape(other)) integers.push_back(extent);
    return add(CPT_OP_BROADCAST, {x}, integers, {}, place);
  }

  // x [R, inputs] and weight [outputs, inputs] give [R, outputs].
  cpt_value linear(const cpt_value &x, const cpt_value &weight,
                   std::source_location place = std::source_location::current()) const {
    return add(CPT_OP_MATRIX_PRODUCT, {x, weight}, {0, 1}, {}, place);
  }

  static std::vector<int64_t> shape(const cpt_value &value) {
    return {value.extents, value.extents + value.rank};
  }

private:
  const cpt_graph *graph;

  // Turns the host's error object into an exception with its words.
  static void check(cpt_status status, cpt_error *error) {
    std::string words = error ? std::string(view(error->message)) : "the host refused an operation";
    if (error) error->release(error);
    if (status != CPT_OK) throw Failure{status, words};
  }
};

#endif
