print("proxyctl")
