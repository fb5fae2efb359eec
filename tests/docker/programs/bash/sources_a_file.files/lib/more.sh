more=1
