"""The blank template of returns as a workbook: described once from the contract, written as .xlsx or as .ods."""
