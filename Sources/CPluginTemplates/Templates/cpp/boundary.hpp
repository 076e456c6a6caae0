// The boundary between C++ and the host: no exception crosses it, and texts become strings.
#ifndef BOUNDARY_HPP
#define BOUNDARY_HPP

#include <cpt_plugin.h>

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Marks the entry function: everything else stays hidden, as the Makefile asks.
#define EXPORT extern "C" __attribute__((visibility("default")))

// Why a call fails, in words for the person who runs the pipeline: what is wrong, what is allowed, how
// to mend it. Throw it from anywhere inside `guarded`.
struct Failure {
  cpt_status status;
  std::string message;
};

constexpr cpt_text text(std::string_view view) { return {view.data(), view.size()}; }

inline std::string_view view(cpt_text text) {
  return text.length == 0 ? std::string_view() : std::string_view(text.data, text.length);
}

// An error object with its words; the receiver releases it.
inline cpt_status store(cpt_error **slot, cpt_status status, std::string_view message) noexcept {
  if (!slot) return status;
  struct Object : cpt_error {
    std::string words;
  };
  try {
    auto object = std::make_unique<Object>();
    object->words = message;
    object->struct_size = sizeof(cpt_error);
    object->status = status;
    object->message = text(object->words);
    object->release = [](cpt_error *error) { delete static_cast<Object *>(error); };
    *slot = object.release();
  } catch (...) {
    *slot = nullptr;
  }
  return status;
}

// Runs the body of a C function. Whatever it throws becomes a status and words.
template <class Body> cpt_status guarded(cpt_error **error, Body &&body) noexcept {
  try {
    std::forward<Body>(body)();
    return CPT_OK;
  } catch (const Failure &failure) {
    return store(error, failure.status, failure.message);
  } catch (const std::bad_alloc &) {
    return store(error, CPT_OUT_OF_MEMORY, "there is not enough memory");
  } catch (const std::exception &exception) {
    return store(error, CPT_INTERNAL, exception.what());
  } catch (...) {
    return store(error, CPT_INTERNAL, "an exception of unknown type was thrown");
  }
}

// Passes on the status of a function of the host that gives no words of its own.
inline void require(cpt_status status, const char *message) {
  if (status != CPT_OK) throw Failure{status, message};
}

// The value of an option, or null where it is absent. The host has checked it against the declaration.
inline const cpt_option_value *find_option(const cpt_options *options, std::string_view name) {
  for (size_t index = 0; index < options->count; ++index) {
    auto place = reinterpret_cast<const char *>(options->values) + index * options->stride;
    auto value = reinterpret_cast<const cpt_option_value *>(place);
    if (view(value->name) == name) return value;
  }
  return nullptr;
}

inline const cpt_option_value &option(const cpt_options *options, std::string_view name) {
  auto value = find_option(options, name);
  if (!value) throw Failure{CPT_INVALID_ARGUMENT, "the option '" + std::string(name) + "' is missing"};
  return *value;
}

// A declaration; `minimum` and `maximum` bound numbers and shares.
constexpr cpt_option declared(std::string_view name, cpt_option_type type,
                              cpt_option_presence presence, const cpt_option_value *default_value,
                              double minimum, double maximum, std::string_view help) {
  return {sizeof(cpt_option), text(name), type,    presence, default_value, minimum,
          maximum,            nullptr,    0,       text(help)};
}

// Runs the function that ends an instance's life.
template <class Instance> void destroy(void *instance) noexcept {
  delete static_cast<Instance *>(instance);
}

// Fills what the entry function hands over, no further than the host's struct reaches.
inline cpt_status hand_over(cpt_plugin *plugin, cpt_kind kind, const cpt_option *options,
                            size_t option_count, const void *table, cpt_error **error) noexcept {
  return guarded(error, [&] {
    cpt_plugin filled = {sizeof(cpt_plugin), CPT_ABI_MAJOR, CPT_ABI_MINOR,      kind,
                         options,            option_count,  sizeof(cpt_option), table};
    if (plugin->struct_size < offsetof(cpt_plugin, table) + sizeof plugin->table)
      throw Failure{CPT_UNSUPPORTED, "the host is older than this plugin: update it"};
    if (plugin->struct_size < filled.struct_size) filled.struct_size = plugin->struct_size;
    std::memcpy(plugin, &filled, filled.struct_size);
  });
}

#endif
