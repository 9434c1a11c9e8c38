const planted: number = "text";
