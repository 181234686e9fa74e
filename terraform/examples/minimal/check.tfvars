# For terraform/check, where nothing is built.
api_package    = "../../tests/package.zip"
events_package = "../../tests/package.zip"
