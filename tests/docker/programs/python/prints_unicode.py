print("žluťoučký 日本語 🦀")
