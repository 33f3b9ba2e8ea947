// Keeps clang-tidy 14 from looking for findings where it shows none.
//
// clang-tidy matches its checks against every declaration that a file includes
// and drops what it finds in the headers of the system. Those of gRPC alone
// cost more than ten times what the file itself does. This plugin adds the
// check localstore-scope, which has no findings: it takes what system headers
// declare out of what the other checks are matched against. The file and our
// own headers stay, as do the static analyzer and the checks of the
// preprocessor, which do not go this way. tidy.py builds and loads it.
//
// Left out is what a check would say of our code only because it had seen a
// declaration of the system's: bugprone-forward-declaration-namespace does not
// tell of a class that we declare and a system header defines in another
// namespace. `clang-tidy -p FOLDER FILE` without the plugin does.
#include <utility>
#include <vector>

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include "clang/Basic/SourceManager.h"

namespace localstore {
namespace {

class ScopeCheck : public clang::tidy::ClangTidyCheck {
 public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(clang::ast_matchers::MatchFinder* finder) override {
    finder->addMatcher(clang::ast_matchers::decl().bind("declaration"), this);
  }

  // The unit is the first that is matched; its children are those that are the
  // scope by then. With the first of them the scope is the whole again: the
  // parents of a node, for which other checks ask, are only known within it.
  void check(
      const clang::ast_matchers::MatchFinder::MatchResult& result) override {
    if (is_done_) return;
    auto* const unit = result.Context->getTranslationUnitDecl();
    if (result.Nodes.getNodeAs<clang::Decl>("declaration") == unit) {
      result.Context->setTraversalScope(Ours(*unit, *result.SourceManager));
    } else {
      result.Context->setTraversalScope({unit});
      is_done_ = true;
    }
  }

 private:
  static std::vector<clang::Decl*> Ours(const clang::TranslationUnitDecl& unit,
                                        const clang::SourceManager& sources) {
    std::vector<clang::Decl*> ours;
    for (clang::Decl* declaration : unit.decls()) {
      // What a macro makes belongs to where the macro is used.
      const auto place = sources.getExpansionLoc(declaration->getLocation());
      if (place.isValid() && !sources.isInSystemHeader(place)) {
        ours.push_back(declaration);
      }
    }
    return ours;
  }

  bool is_done_ = false;
};

class ScopeModule : public clang::tidy::ClangTidyModule {
 public:
  void addCheckFactories(
      clang::tidy::ClangTidyCheckFactories& factories) override {
    factories.registerCheck<ScopeCheck>("localstore-scope");
  }
};

// NOLINTNEXTLINE(cert-err58-cpp): how clang-tidy finds a module; it only links.
const clang::tidy::ClangTidyModuleRegistry::Add<ScopeModule> kRegistered(
    "localstore", "What only this project needs.");

}  // namespace
}  // namespace localstore
